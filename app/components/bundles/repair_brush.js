var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function circle(context,[x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){
context.fillStyle=fill;context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}
function line(context,places,stroke,width){context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=
width;context.strokeStyle=stroke;context.stroke()}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var BY_HAND="\
by-hand";function focusByHand(target){if(!target)return;target.classList.add(BY_HAND);target.focus({preventScroll:true});
const show=()=>{target.classList.remove(BY_HAND);for(const kind of["keydown","blur"])target.removeEventListener(kind,show)};
for(const kind of["keydown","blur"])target.addEventListener(kind,show)}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
buffer).getUint32(0,true);const header=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,4,length)));let offset=4+
length;const arrays={};for(const[name,type,shape]of header.arrays){const size=shape.reduce((product,side)=>product*side,
1);const array=new TYPES[type](buffer,offset,size);arrays[name]=array;offset+=Math.ceil(array.byteLength/4)*4}return{header,
arrays}}function packBits(bits){const bytes=new Uint8Array(Math.ceil(bits.length/8));bits.forEach((bit,i)=>bytes[i>>3]|=
bit<<7-(i&7));const text=btoa(String.fromCharCode(...bytes));return text.replaceAll("+","-").replaceAll("/","_").replaceAll(
"=","")}function mounting(selector,View){const views=new WeakMap;return component=>{const{parentElement,data}=component;const root=parentElement.
querySelector(selector);if(!root||!data)return;let view=views.get(parentElement);if(!view){view=new View(root);views.set(
parentElement,view)}view.component=component;view.load(data instanceof Uint8Array?unpack(data):data);return()=>{view.destroy();
views.delete(parentElement)}}}var Cleanups=class{acts=[];add(act){this.acts.push(act)}listen(target,kinds,handler,capture=false){
for(const kind of kinds)target.addEventListener(kind,handler,capture);this.add(()=>kinds.forEach(kind=>target.removeEventListener(
kind,handler,capture)))}watchPage(act){this.watch(new MutationObserver(act),observer=>observer.observe(document.body,{childList:true,
subtree:true}))}watchSize(element,act){this.watch(new ResizeObserver(act),observer=>observer.observe(element))}watch(observer,begin){
begin(observer);this.add(()=>observer.disconnect())}run(){for(const act of this.acts.splice(0))act()}};var Component=class{component=null;cleanups=new Cleanups;constructor(root){
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var HandCanvas=class extends Component{pointer=null;key={at:[.5,.5],isDown:false,isVisible:false};constructor(root){super(
root);this.canvas=root.querySelector("canvas");this.output=root.querySelector("output");const buttons=root.querySelectorAll(
"[data-do]");this.buttons=Object.fromEntries([...buttons].map(button=>[button.dataset.do,button]));this.canvas.onpointerdown=
event=>this.onDown(event);this.canvas.onpointermove=event=>this.onMove(event);this.canvas.onpointerup=this.canvas.onpointercancel=
event=>this.onUp(event);this.canvas.onkeydown=event=>this.onKey(event);this.canvas.onblur=()=>this.lift(false);this.buttons.
undo.onclick=()=>this.revise(()=>this.undo());this.buttons.clear.onclick=()=>this.revise(()=>this.clear())}place(_event){
throw new Error("place: to be written by the pad or the brush")}stepped(_at,_step,_far){throw new Error("stepped: to be \
written by the pad or the brush")}begin(_at){}go(_at){}hover(_at){}undo(){}clear(){}draw(){}changed(){}onDown(event){if(this.
pointer!==null||event.button!==0)return;event.preventDefault();focusByHand(this.canvas);this.lift(false);this.key.isVisible=
false;this.pointer=event.pointerId;this.canvas.setPointerCapture(event.pointerId);this.begin(this.place(event));this.hover(
this.place(event))}onMove(event){if(this.pointer!==null&&event.pointerId!==this.pointer)return;const moves=event.getCoalescedEvents?.()??
[];if(this.pointer!==null)for(const move of moves.length?moves:[event])this.go(this.place(move));this.hover(this.place(event))}onUp(event){
if(event.pointerId!==this.pointer)return;this.pointer=null;this.key.at=this.place(event);this.changed()}onKey(event){const step=arrowStep(
event);if(event.key==="Tab"||event.key==="Escape")return this.lift(true);const undo=event.key==="Backspace"||event.key===
"z"&&(event.ctrlKey||event.metaKey);if(!step&&!undo&&event.key!==" "&&event.key!=="Enter")return;event.preventDefault();
event.stopPropagation();if(undo)return this.revise(()=>this.undo());this.key.isVisible=true;if(step){this.key.at=this.stepped(
this.key.at,[step[0],-step[1]],event.shiftKey);if(this.key.isDown)this.go(this.key.at)}else if(this.key.isDown)return this.
lift(true);else{this.key.isDown=true;this.begin(this.key.at)}this.hover(this.key.at)}lift(report){if(!this.key.isDown)return;
this.key.isDown=false;if(report)this.changed();else this.draw()}revise(act){this.key.isDown=false;act()}drawCursor(context,middle,radius,width,lifted){
const isDown=this.key.isDown||this.pointer!==null;circle(context,middle,radius,{stroke:isDown?"#f0a04b":lifted,width})}};var SIDE=560;var MOST_UNDO=100;var LEAST_REACH=.71;var RepairBrush=class extends HandCanvas{header=null;version="";x=new Uint8Array;blockMasks=new Uint8Array;hidden=new Uint8Array;past=[];cell=1;covers=true;at=null;last=[
0,0];constructor(root){super(root);this.blocks=root.querySelector("[data-role=blocks]");this.size=root.querySelector("in\
put");const tools=root.querySelectorAll("[data-tool]");this.tools=[...tools];for(const tool of this.tools)tool.onclick=()=>this.
take(tool);this.canvas.onpointerleave=()=>this.pointer===null&&this.hover(null)}load({header,arrays}){this.header=header;
this.x=arrays.x;this.blockMasks=arrays.blocks;const[height,width]=header.image_shape;if(header.version!==this.version){this.
version=header.version;this.hidden=arrays.hidden.slice();this.past=[];this.pointer=null;this.key={at:[width/2,height/2],
isDown:false,isVisible:false}}this.cell=Math.max(1,Math.floor(SIDE/Math.max(height,width)));this.canvas.width=width*this.
cell;this.canvas.height=height*this.cell;if(this.blocks.dataset.names!==header.blocks.join())this.addBlocks(header.blocks);
this.draw()}addBlocks(names){this.blocks.dataset.names=names.join();const buttons=names.map((name,number)=>{const button=Object.
assign(document.createElement("button"),{type:"button",textContent:name});button.onclick=()=>{const pixels=this.hidden.length;
this.replace(this.blockMasks.slice(number*pixels,(number+1)*pixels))};return button});this.blocks.replaceChildren(...buttons)}take(tool){
for(const other of this.tools)other.setAttribute("aria-pressed",String(other===tool));this.covers=tool.dataset.tool==="c\
over"}place(event){const box=this.canvas.getBoundingClientRect();const[height,width]=this.header.image_shape;return[(event.
clientX-box.left)/box.width*width,(event.clientY-box.top)/box.height*height]}get reach(){return Math.max(LEAST_REACH,Number(
this.size.value)/2)}stroke([ax,ay],[bx,by]){const[height,width]=this.header.image_shape;const{reach}=this;const[dx,dy]=[
bx-ax,by-ay];const length=dx*dx+dy*dy||1;for(let row=0;row<height;row++){for(let column=0;column<width;column++){const[px,
py]=[column+.5-ax,row+.5-ay];const t=clamp((px*dx+py*dy)/length,0,1);if(Math.hypot(px-t*dx,py-t*dy)<=reach)this.hidden[row*
width+column]=this.covers?1:0}}}begin(at){this.remember();this.last=at;this.stroke(at,at)}go(at){this.stroke(this.last,at);
this.last=at}stepped([x,y],[dx,dy],far){const[height,width]=this.header.image_shape;const size=far?5:1;return[clamp(x+dx*
size,.5,width-.5),clamp(y+dy*size,.5,height-.5)]}onUp(event){if(event.pointerId===this.pointer&&event.pointerType!=="mou\
se")this.at=null;super.onUp(event)}hover(at){this.at=at;this.draw()}remember(){this.past.push(this.hidden.slice());if(this.
past.length>MOST_UNDO)this.past.shift()}replace(hidden){this.remember();this.hidden=Uint8Array.from(hidden);this.key.isDown=
false;this.changed()}clear(){this.replace(this.hidden.map(()=>0))}undo(){const before=this.past.pop();if(!before)return;
this.hidden=Uint8Array.from(before);this.changed()}changed(){this.draw();this.component.setStateValue("hidden",packBits(
this.hidden))}draw(){const{cell,hidden}=this;const context=context2d(this.canvas);this.drawPixels(context);if(this.at){const middle=this.
at.map(value=>value*cell);circle(context,middle,this.reach*cell,{stroke:"#000",width:4});this.drawCursor(context,middle,
this.reach*cell,2,"#fff")}const count=hidden.reduce((sum,bit)=>sum+bit,0);const text=this.key.isDown?"brush down":`${count}\
 of ${hidden.length} pixels hidden`;if(this.pointer===null&&this.output.textContent!==text)this.output.textContent=text;
this.buttons.undo.disabled=this.past.length===0;this.buttons.clear.disabled=count===0;this.canvas.dataset.hidden=String(
count)}drawPixels(context){const{cell,hidden,x}=this;const{colours,image_shape:[,width,parts=1]}=this.header;for(let i=0;i<
hidden.length;i++){const[left,top]=[i%width*cell,Math.floor(i/width)*cell];const[red,green,blue]=parts===3?x.subarray(3*
i,3*i+3):[x[i],x[i],x[i]];context.fillStyle=hidden[i]?colours.cover:`rgb(${red}, ${green}, ${blue})`;context.fillRect(left,
top,cell,cell);if(!hidden[i])continue;line(context,[[left,top+cell],[left+cell,top]],colours.hatch,Math.max(1,cell/8))}}};
var repair_brush_default=mounting(".repair-brush",RepairBrush);export{repair_brush_default as default};
