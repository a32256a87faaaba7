var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var rgb=hex=>[1,3,5].map(i=>parseInt(hex.slice(i,i+2),16));var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.
round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.
setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font=
"12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){
context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;
context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){context.beginPath();
for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.cleanups.run();this.chart.release();this.canvas.remove()}};var SHARES=[[.99,.3],[.9,.6],[.5,1]];var VEIL=.4;var NEIGHBOURS=[[0,1],[0,-1],[1,0],[-1,0]];var CLEAR=12;var AROUND_RING=Array.
from({length:16},(_,k)=>[CLEAR*Math.cos(k*Math.PI/8),CLEAR*Math.sin(k*Math.PI/8)]);var WAYS=[26,36,48,62,80].flatMap(far=>AROUND_RING.
map(way=>way.map(part=>part*far/CLEAR)));var RepairMap=class extends Component{header=null;arrays={};regions=null;overlay=new Overlay(
"posterior",(context,x,y,width,height)=>this.draw(context,x,y,width,height));load({header,arrays}){if(header.id!==this.header?.
id){Object.assign(this,{header,arrays});this.regions=arrays.outside?this.regionsOf(arrays.outside):null;this.root.dataset.
id=header.id}this.overlay.follow(header.chart)}regionsOf(outside){const[rows,columns]=this.header.raster.shape;const canvas=Object.
assign(document.createElement("canvas"),{width:columns,height:rows});const image=new ImageData(columns,rows);const{latent,
surface}=this.header.colours;const[violet,ground]=[rgb(latent),rgb(surface)];const inks=SHARES.map(([,part])=>violet.map(
(value,k)=>part*value+(1-part)*ground[k]));const isInside=(row,column)=>row>=0&&column>=0&&row<rows&&column<columns&&outside[row*
columns+column]<SHARES[0][0]*255;for(let i=0;i<outside.length;i++){const[row,column]=[Math.floor(i/columns),i%columns];const ring=SHARES.
findLastIndex(([share])=>outside[i]<share*255);const isRim=ring<0&&NEIGHBOURS.some(([up,right])=>isInside(row+up,column+
right));if(ring>=0||isRim)image.data.set([...isRim?violet:inks[ring],255],4*((rows-1-row)*columns+column))}context2d(canvas).
putImageData(image,0,0);return canvas}draw(context,x,y,width,height){const{header,arrays,regions}=this;const{colours}=header;
context.globalAlpha=VEIL;context.fillStyle=colours.surface;context.fillRect(0,0,width,height);context.globalAlpha=1;if(regions){
const{low,cell,shape}=header.raster;const[left,bottom]=[x(low[0]),y(low[1])];const[right,top]=[x(low[0]+cell*shape[1]),y(
low[1]+cell*shape[0])];context.imageSmoothingEnabled=true;context.drawImage(regions,left,top,right-left,bottom-top)}const draws=arrays.
draws??[];const dot={fill:colours.latent,stroke:colours.surface,width:1};for(let i=0;i+1<draws.length;i+=2)circle(context,
[x(draws[i]),y(draws[i+1])],3.5,dot);const places=header.answers.map(([a,b])=>[clamp(x(a),0,width),clamp(y(b),0,height)]);
this.drawAnswers(context,places,places.filter(place=>regions&&this.isSmall(place,x,y)))}isSmall([left,top],x,y){const{low,
cell,shape:[rows,columns]}=this.header.raster;const cellOf=(pixel,map,first)=>Math.floor((pixel-map(first))/(map(first+cell)-
map(first)));const isClear=([right,down])=>{const[row,column]=[cellOf(top+down,y,low[1]),cellOf(left+right,x,low[0])];return row<
0||column<0||row>=rows||column>=columns||this.arrays.outside[row*columns+column]>=SHARES[0][0]*255};return isClear([0,0])||
AROUND_RING.every(isClear)}drawAnswers(context,places,small){this.root.dataset.rings="0";if(document.querySelector(".st-\
key-repair_side")?.checkVisibility()===false)return;const{colours}=this.header;this.root.dataset.rings=String(small.length);
for(const place of small){circle(context,place,CLEAR,{stroke:colours.surface,width:6});circle(context,place,CLEAR,{stroke:colours.
latent,width:3})}context.font="bold 13px system-ui, Segoe UI, Roboto, Arial, sans-serif";context.textAlign="center";context.
textBaseline="middle";for(const place of places)this.overlay.keepOff(place,12);this.overlay.names?.redraw();const taken=[
...this.overlay.names?.boxes??[]];places.forEach((place,number)=>{const box=this.overlay.free(place,26,26,WAYS,taken);if(!box)
return;taken.push(box);const middle=[box.left+13,box.top+13];const part=CLEAR/Math.max(CLEAR,Math.hypot(middle[0]-place[0],
middle[1]-place[1]));const end=place.map((value,k)=>value+part*(middle[k]-value));line(context,[end,middle],colours.surface,
5);line(context,[end,middle],colours.text,1.5);circle(context,middle,11,{fill:colours.latent,stroke:colours.surface,width:2});
context.fillStyle=colours.surface;context.fillText(String.fromCharCode(65+number),middle[0],middle[1]+1)})}destroy(){this.
overlay.destroy()}};var repair_map_default=mounting(".repair-map",RepairMap);export{repair_map_default as default};
