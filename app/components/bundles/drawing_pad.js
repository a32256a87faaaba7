var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function circle(context,[x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){
context.fillStyle=fill;context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var BY_HAND="\
by-hand";function focusByHand(target){if(!target)return;target.classList.add(BY_HAND);target.focus({preventScroll:true});
const show=()=>{target.classList.remove(BY_HAND);for(const kind of["keydown","blur"])target.removeEventListener(kind,show)};
for(const kind of["keydown","blur"])target.addEventListener(kind,show)}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
buffer).getUint32(0,true);const header=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,4,length)));let offset=4+
length;const arrays={};for(const[name,type,shape]of header.arrays){const size=shape.reduce((product,side)=>product*side,
1);const array=new TYPES[type](buffer,offset,size);arrays[name]=array;offset+=Math.ceil(array.byteLength/4)*4}return{header,
arrays}}function mounting(selector,View){const views=new WeakMap;return component=>{const{parentElement,data}=component;const root=parentElement.
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
const isDown=this.key.isDown||this.pointer!==null;circle(context,middle,radius,{stroke:isDown?"#f0a04b":lifted,width})}};var SIDE=560;var CLOSEST=.004;var MOST_POINTS=4e3;var WHITE="white";var DrawingPad=class extends HandCanvas{strokes=[];inks={};ink=WHITE;isExample=false;version=NaN;load({
strokes,version,image_shape:[height,width,channels],inks,is_example:isExample}){if(version!==this.version){this.isExample=
isExample;const parts=strokes.map(stroke=>Array.isArray(stroke)?{ink:WHITE,points:stroke}:stroke);this.strokes=parts.map(
({ink,points})=>({ink,points:points.slice()}))}this.version=version;this.inks=inks;this.offer(channels===3);const longer=Math.
max(height,width);fit(this.canvas,[Math.round(SIDE*height/longer),Math.round(SIDE*width/longer)]);this.draw()}offer(isColour){
const palette=this.root.querySelector(".drawing-pad-inks");palette.hidden=!isColour;if(!isColour)this.ink=WHITE;if(palette.
childElementCount>0)return;for(const[name,colour]of Object.entries(this.inks)){const choice=document.createElement("inpu\
t");Object.assign(choice,{type:"radio",name:"ink",value:name,title:name,checked:name===this.ink});choice.setAttribute("a\
ria-label",name);choice.style.setProperty("--ink",colour);choice.onchange=()=>this.ink=name;palette.append(choice)}}place(event){
const box=this.canvas.getBoundingClientRect();const longer=Math.max(box.width,box.height);const x=.5+(event.clientX-box.
left-box.width/2)/longer;const y=.5+(event.clientY-box.top-box.height/2)/longer;return this.inside([x,y])}inside([x,y]){
const{width,height}=this.canvas;const longer=Math.max(width,height);const cut=(value,side)=>Math.round(clamp(value,.5-side/
longer/2,.5+side/longer/2)*1e3)/1e3;return[cut(x,width),cut(y,height)]}add(point){const{points}=this.strokes[this.strokes.
length-1];const last=points[points.length-1];if(last&&Math.hypot(last[0]-point[0],last[1]-point[1])<CLOSEST)return;if(this.
strokes.reduce((sum,stroke)=>sum+stroke.points.length,0)<MOST_POINTS)points.push(point)}begin(at){if(this.isExample)this.
strokes=[];this.isExample=false;this.strokes.push({ink:this.ink,points:[]});this.add(at);if(this.key.isDown)this.output.
textContent="pen down"}go(at){this.add(at)}stepped(at,step,far){return this.inside(at.map((value,k)=>value+step[k]*(far?
.1:.03)))}hover(){if(this.pointer!==null||this.key.isVisible)this.draw()}undo(){if(this.strokes.pop())this.changed()}clear(){
this.strokes=[];this.changed()}changed(){this.draw();const count=this.strokes.length;this.output.textContent=count===0?"\
the pad is empty":count===1?"1 stroke":`${count} strokes`;this.component.setStateValue("strokes",this.strokes.map(({ink,
points})=>ink===WHITE?points.slice():{ink,points:points.slice()}))}draw(){const{width,height}=this.canvas;const longer=Math.
max(width,height);const paper=context2d(this.canvas);const at=([x,y])=>[(x-.5)*longer+width/2,(y-.5)*longer+height/2];paper.
clearRect(0,0,width,height);paper.lineWidth=longer*.075;paper.lineCap=paper.lineJoin="round";const isColour=!this.root.querySelector(
".drawing-pad-inks").hidden;for(const{ink,points}of this.strokes){paper.strokeStyle=this.inks[isColour||ink==="black"?ink:
WHITE];const places=points.map(at);paper.beginPath();paper.moveTo(places[0][0],places[0][1]);for(const[x,y]of places)paper.
lineTo(x,y);paper.stroke()}if(this.key.isVisible)this.drawCursor(paper,at(this.key.at),longer*.04,longer*.012,"#a79bff");
for(const button of Object.values(this.buttons))button.disabled=this.strokes.length===0;this.canvas.dataset.strokes=String(
this.strokes.length)}};var drawing_pad_default=mounting(".drawing-pad",DrawingPad);export{drawing_pad_default as default};
