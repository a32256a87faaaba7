var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.
round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.
setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font=
"12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function line(context,places,stroke,width){context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=
width;context.strokeStyle=stroke;context.stroke()}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var DRAWN="plane-axes-drawn";var Axes=class{element=null;cleanups=new Cleanups;constructor({onFound,onDrawn}){this.onFound=
onFound;this.onDrawn=onDrawn}find(key){const element=document.querySelector(`.st-key-${key} .plane-axes`);if(!element?.axes)
return false;if(element===this.element)return true;this.release();this.element=element;if(this.onDrawn)this.cleanups.listen(
element,[DRAWN],this.onDrawn);this.onFound?.(element);return true}release(){this.cleanups.run();this.element=null}get drawn(){
return this.element?.axes??null}get box(){return this.drawn?.box??null}get width(){return this.drawn?.width??0}get meta(){
return this.drawn?.meta}get revision(){return this.drawn?.revision}place(event,{outside=false}={}){const{element,box}=this;
if(!element||!box)return null;const[x,y]=placeOn(event,element);const[px,py]=[x-box.left,y-box.top];return outside||px>=
0&&py>=0&&px<=box.width&&py<=box.height?[px,py]:null}values([px,py]){const{spans:[[left,right],[bottom,top]],box:{width,
height}}=this.drawn;return[left+px/width*(right-left),top-py/height*(top-bottom)]}get maps(){const{spans:[[left,right],[
bottom,top]],box:{width,height}}=this.drawn;return{x:value=>(value-left)/(right-left)*width,y:value=>(top-value)/(top-bottom)*
height}}};var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}function steadyBoxes(names,obstacles,area){const boxes=[];const find=(i,taken)=>{const{
place,width,height,ways}=names[i];return freeBox(place,width,height,ways,[...taken,...boxes.flatMap((box,k)=>box&&k!==i?
[box]:[])],area)};names.forEach((_,i)=>boxes[i]=find(i,[]));boxes.forEach((box,i)=>{if(box&&obstacles.some(other=>covers(
box,other)))boxes[i]=find(i,obstacles)});return boxes}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part=>part*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));var LEVELS={points:0,names:1,posterior:2,"on-plane":2,path:2,chain:3};var LETTERS="bold 15px system-ui, Segoe UI, Roboto\
, Arial, sans-serif";var Overlay=class{boxes=[];isPainting=false;key="";cleanups=new Cleanups;constructor(role,draw){this.
draw=draw;this.level=LEVELS[role];this.chart=new Axes({onDrawn:()=>this.redraw()});this.canvas=document.createElement("c\
anvas");this.canvas.dataset.role=role;this.canvas.setAttribute("aria-hidden","true");this.canvas.overlay=this;Object.assign(
this.canvas.style,{position:"absolute",pointerEvents:"none",zIndex:this.level})}follow(key){if(!this.key)this.cleanups.watchPage(
()=>this.attach());this.key=key;this.attach();this.redraw()}attach(){if(!this.chart.find(this.key)||this.canvas.isConnected)
return;this.chart.element?.appendChild(this.canvas);this.redraw()}get box(){return this.chart.box}redraw(){const box=this.
box;if(!box)return;const context=contextOf(this.canvas,box.width,box.height);Object.assign(this.canvas.style,{left:`${box.
left}px`,top:`${box.top}px`,width:`${box.width}px`});const before=JSON.stringify(this.boxes);this.paint(context,box);if(this.
level===LEVELS.names&&JSON.stringify(this.boxes)!==before){for(const other of this.others)if(other.level>LEVELS.names&&!other.
isPainting)other.redraw()}if(this.level>LEVELS.names)this.names?.redraw()}paint(context,{width,height}){const{x,y}=this.
chart.maps;this.boxes=[];this.isPainting=true;this.draw(context,x,y,width,height);this.isPainting=false}get others(){const canvases=[
...this.chart.element?.querySelectorAll("canvas")??[]];return canvases.flatMap(({overlay})=>overlay&&overlay!==this?[overlay]:
[])}get names(){return this.others.find(({level})=>level===LEVELS.names)}get area(){return{...this.box,left:0,top:0}}keepOff([
x,y],size){this.boxes.push({left:x-size/2,top:y-size/2,width:size,height:size})}claim(place,width,height,ways){const box=this.
free(place,width,height,ways);if(box)this.boxes.push(box);return box}free(place,width,height,ways,taken=[]){const solid=[
this,...this.others.filter(({level})=>level!==LEVELS.names)];return freeBox(place,width,height,ways,[...taken,...solid.flatMap(
({boxes})=>boxes)],this.area)}claimNames(names){const boxes=steadyBoxes(names,this.others.flatMap(({boxes:boxes2})=>boxes2),
this.area);this.boxes=boxes.flatMap(box=>box??[]);return boxes}flag(context,place,letter,colour,ink,ways=AROUND){const box=this.
claim(place,22,24,ways);if(!box)return void 0;const[middle,centre]=[box.left+box.width/2,box.top+box.height/2];line(context,
[place,[middle,centre]],colour,2);context.fillStyle=colour;context.fillRect(box.left,box.top,box.width,box.height);context.
fillStyle=ink;context.font=LETTERS;context.textAlign="center";context.fillText(letter,middle,centre+5);return box}destroy(){
this.cleanups.run();this.chart.release();this.canvas.remove()}};var MOST_CORNERS=50;var LEAST_CORNERS=3;var CLOSEST=4;var Lasso=class extends Component{colour="";corners=[];last=null;overlay=new Overlay(
"path",(context,x,y)=>this.draw(context,x,y));constructor(root){super(root);this.cleanups.listen(window,["pointerdown"],
event=>this.begin(event),true);this.cleanups.listen(window,["pointercancel"],()=>this.forget(),true);this.cleanups.listen(
window,["pointermove"],event=>this.go(event),true);this.cleanups.listen(window,["pointerup"],()=>this.end(),true)}load({
chart,colour}){this.colour=colour;this.overlay.follow(chart)}begin(event){const target=event.target;const{element}=this.
overlay.chart;if(event.button!==0||!element?.contains(target)||target.closest(".plane-name"))return;element.style.touchAction=
"none";this.last=this.overlay.chart.place(event);this.corners=this.last?[this.overlay.chart.values(this.last)]:[];this.overlay.
redraw()}go(event){const place=this.last&&this.overlay.chart.place(event,{outside:true});if(!place||!this.last||Math.hypot(
place[0]-this.last[0],place[1]-this.last[1])<CLOSEST)return;this.last=place;this.corners.push(this.overlay.chart.values(
place));this.overlay.redraw()}forget(){if(!this.last)return;this.last=null;this.corners=[];this.overlay.redraw()}end(){if(!this.
last)return;this.last=null;const every=Math.ceil(this.corners.length/MOST_CORNERS);this.corners=this.corners.filter((_,i)=>i%
every===0);this.overlay.redraw();if(this.corners.length>=LEAST_CORNERS)this.component.setStateValue("loop",this.corners.
flat())}draw(context,x,y){const places=this.corners.map(([a,b])=>[x(a),y(b)]);if(places.length>1)line(context,[...places,
places[0]],this.colour,3);this.overlay.canvas.dataset.corners=String(places.length)}destroy(){super.destroy();this.overlay.
destroy()}};var lasso_default=mounting(".lasso",Lasso);export{lasso_default as default};
