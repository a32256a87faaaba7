var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var WANTED="link-wanted";var REST_MS=400;var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(
location.search).get(key)??"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part=>part.trim()?Number(
part):NaN);return numbers.every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}var LinkedState=class{timer=0;text="";path=location.
pathname;constructor(cleanups,key,restore){this.key=key;cleanups.listen(window,["popstate"],()=>{clearTimeout(this.timer);
restore()});whenWanted(cleanups,params=>this.timer&&put(params,key,this.text));cleanups.add(()=>this.forget())}get numbers(){
return linkedNumbers(this.key)}keep(text){clearTimeout(this.timer);this.text=text;this.timer=window.setTimeout(()=>this.
write(),REST_MS)}forget(){clearTimeout(this.timer);this.text="";this.write()}write(){this.timer=0;if(location.pathname!==
this.path)return;const address=new URL(location.href);if((address.searchParams.get(this.key)??"")===this.text)return;put(
address.searchParams,this.key,this.text);history.replaceState({own:true},"",address)}};function whenWanted(cleanups,tell){
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}function steadyBoxes(names,obstacles,area){const boxes=[];const find=(i,taken)=>{const{
place,width,height,ways}=names[i];return freeBox(place,width,height,ways,[...taken,...boxes.flatMap((box,k)=>box&&k!==i?
[box]:[])],area)};names.forEach((_,i)=>boxes[i]=find(i,[]));boxes.forEach((box,i)=>{if(box&&obstacles.some(other=>covers(
box,other)))boxes[i]=find(i,obstacles)});return boxes}var STAYING=30;function stayingPlace(share,[x,y],width,height){if(!share)
return null;const place=[share[0]*width,share[1]*height];return Math.hypot(place[0]-x,place[1]-y)<STAYING?place:null}var NEARBY=Array.
from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-Math.hypot(...other));
var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=8);var DIRECTIONS=[
[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.map(way=>way.map(part=>part*
far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));function cornersOf({left,top,width,height},rows,columns){const[
across,down]=[width/columns,height/rows];const nearest=([x,y])=>[left+across*clamp(Math.round((x-left)/across),1,columns-
1),top+down*clamp(Math.round((y-top)/down),1,rows-1)];return{nearest,ways:NEARBY_CORNERS.map(([dx,dy])=>[dx*across,dy*down])}}var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var rgb=hex=>[1,3,5].map(i=>parseInt(hex.slice(i,i+2),16));function inkOn(ground){const[red,green,blue]=rgb(ground).map(
part=>part<=10?part/3294.6:((part/255+.055)/1.055)**2.4);return .2126*red+.7152*green+.0722*blue>.195?"#14141d":"#ffffff"}
var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function paint(image,left,top,source,start,imageShape,shades=GREYS){
if(imageShape.length===3)return paintColour(image,left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(
image.data.buffer);for(let row=0,from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){
pixels[at]=shades[Math.round(source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){
for(let row=0,from=start;row<height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part=0;part<
3;part++)data[at+part]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==
width||canvas.height!==height)Object.assign(canvas,{width,height})}var scratch;function mosaic(source,start,rows,columns,imageShape,ink,canvas=document.createElement("canvas")){const[height,
width]=imageShape;fit(canvas,[rows*height,columns*width]);if(scratch?.width!==canvas.width||scratch.height!==canvas.height)
scratch=new ImageData(canvas.width,canvas.height);const shades=shadesOf(ink);for(let i=0;i<rows*columns;i++){const[left,
top]=[i%columns*width,Math.floor(i/columns)*height];paint(scratch,left,top,source,start+i*valuesIn(imageShape),imageShape,
shades)}context2d(canvas).putImageData(scratch,0,0);return canvas}function contextOf(canvas,width,height,on=canvas){const density=(window.
devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.round(height*density),Math.round(width*density)]);canvas.style.height=`${height}\
px`;const context=context2d(canvas);context.setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.
imageSmoothingEnabled=false;context.font="12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function line(context,places,stroke,width){context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=
width;context.strokeStyle=stroke;context.stroke()}var DRAWN="plane-axes-drawn";var Axes=class{element=null;cleanups=new Cleanups;constructor({onFound,onDrawn}){this.onFound=
onFound;this.onDrawn=onDrawn}find(key){const element=document.querySelector(`.st-key-${key} .plane-axes`);if(!element?.axes)
return false;if(element===this.element)return true;this.release();this.element=element;if(this.onDrawn)this.cleanups.listen(
element,[DRAWN],this.onDrawn);this.onFound?.(element);return true}release(){this.cleanups.run();this.element=null}get drawn(){
return this.element?.axes??null}get box(){return this.drawn?.box??null}get width(){return this.drawn?.width??0}get meta(){
return this.drawn?.meta}get revision(){return this.drawn?.revision}place(event,{outside=false}={}){const{element,box}=this;
if(!element||!box)return null;const[x,y]=placeOn(event,element);const[px,py]=[x-box.left,y-box.top];return outside||px>=
0&&py>=0&&px<=box.width&&py<=box.height?[px,py]:null}values([px,py]){const{spans:[[left,right],[bottom,top]],box:{width,
height}}=this.drawn;return[left+px/width*(right-left),top-py/height*(top-bottom)]}get maps(){const{spans:[[left,right],[
bottom,top]],box:{width,height}}=this.drawn;return{x:value=>(value-left)/(right-left)*width,y:value=>(top-value)/(top-bottom)*
height}}};var LEVELS={points:0,names:1,posterior:2,"on-plane":2,path:2,chain:3};var LETTERS="bold 15px system-ui, Segoe UI, Roboto\
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
this.cleanups.run();this.chart.release();this.canvas.remove()}};var GROUND="#0b0b12";var EDGE="#7d7d92";var VEIL="rgba(11, 11, 18, 0.4)";var QUIET_EDGE="#55556a";var MARGIN=.07;function tileBox([
left,top,width,height],rows,columns,number){const[w,h]=[width/columns,height/rows];return[left+number%columns*w,top+Math.
floor(number/columns)*h,w,h]}function drawTiles(context,picture,rows,columns,box,veiled=false){const[width,height]=[picture.
width/columns,picture.height/rows];const boxes=Array.from({length:rows*columns},(_,number)=>tileBox(box,rows,columns,number));
context.fillStyle=GROUND;context.fillRect(...box);boxes.forEach(([left,top,w,h],number)=>{const[x,y]=[MARGIN*w,MARGIN*h];
const[column,row]=[number%columns,Math.floor(number/columns)];context.drawImage(picture,column*width,row*height,width,height,
left+x,top+y,w-2*x,h-2*y)});if(veiled){context.fillStyle=VEIL;context.fillRect(...box)}context.lineWidth=1;context.strokeStyle=
veiled?QUIET_EDGE:EDGE;for(const tile of boxes)context.strokeRect(...tile)}var AHEAD=1e-4;var DOTS="plane-dots";function scaleOf({overlay}){const{x,y}=overlay.chart.maps;const[left,top]=[x(0),y(0)];
return[left,top,x(1)-left,y(1)-top]}function nearestDot(plane,px,py,reach){const[x0,y0,dx,dy]=scaleOf(plane);const{points,
rows}=plane.arrays;let nearest=null;let least=reach*reach;for(const{name,from,to}of plane.classes){for(let i=from;i<to;i++){
const[x,y]=[x0+dx*points[2*i],y0+dy*points[2*i+1]];const distance=(x-px)**2+(y-py)**2;if(distance<least){least=distance;
nearest={row:rows[i],name,x,y}}}}return nearest}function countsAround(plane,px,py,reach){if(plane.header.classes.length<
2)return null;const[x0,y0,dx,dy]=scaleOf(plane);const{points}=plane.arrays;const counts=new Map;for(const{name,mark=name,
from,to}of plane.classes){let count=0;for(let i=from;i<to;i++){const[across,down]=[x0+dx*points[2*i]-px,y0+dy*points[2*i+
1]-py];if(across*across+down*down<reach*reach)count+=1}if(count)counts.set(mark,count)}return counts}function dotToward({
arrays:{points},classes},[a,b],[right,up]){let nearest=null;let least=Infinity;for(const{from,to}of classes){for(let i=from;i<
to;i++){const[dx,dy]=[points[2*i]-a,points[2*i+1]-b];const[ahead,aside]=[dx*right+dy*up,Math.abs(dx*up+dy*right)];const distance=dx*
dx+dy*dy;if(ahead>AHEAD&&aside<=ahead&&distance<least){least=distance;nearest=[points[2*i],points[2*i+1]]}}}return nearest}var NAME_LETTERS="bold 14px system-ui, Segoe UI, Roboto, Arial, sans-serif";var NAME_HEIGHT=18;var LEADERLESS=10;var RIM=1.5;
var middleOf=box=>[box.left+box.width/2,box.top+box.height/2];function drawName(context,box,{mark,colour,surface,text,isHidden}){
const[[middle,centre],width]=[middleOf(box),box.width-2];const layers=isHidden?[[text,RIM],[surface,0]]:[[surface,RIM],[
colour,0]];for(const[fill,rim]of layers){context.fillStyle=fill;context.fillRect(middle-width/2-rim,centre-NAME_HEIGHT/2-
rim,width+2*rim,NAME_HEIGHT+2*rim)}context.fillStyle=isHidden?text:inkOn(colour);context.fillText(mark,middle,centre+4.5);
if(isHidden)line(context,[[middle-width/2,centre+6],[middle+width/2,centre-6]],text,2)}function drawLeader(context,box,place,{
colour,surface,isHidden}){const centre=middleOf(box);if(isHidden||Math.hypot(place[0]-centre[0],place[1]-centre[1])<LEADERLESS)
return;for(const[ink,rim]of[[surface,RIM],[colour,0]])line(context,[centre,place],ink,3+2*rim)}var POINTS=.9;var MARK_LETTERS="bold 9px system-ui, Segoe UI, Roboto, Arial, sans-serif";var FEW_DOTS=100;var FARTHEST_CORNER=44;
var PLACE_HEIGHT=24;var PlaneView=class extends Component{header=null;arrays={};picture=null;tiles={canvas:document.createElement(
"canvas"),key:""};scriptBytes=null;newestHeader=null;hidden=new Set;places=new Map;placesBefore=new Map;buttons=new Map;constructor(root){
super(root);const holder=root.closest("[class*=_points]");this.chart=holder.className.match(/st-key-(\w+)_points/)[1];this.
list=Object.assign(document.createElement("div"),{className:"plane-names"});this.list.setAttribute("role","group");this.
list.setAttribute("aria-label","classes on the map: press one to hide its dots");this.overlay=new Overlay("points",(context,x,y)=>this.
draw(context,x,y));this.names=new Overlay("names",(context,x,y,width,height)=>this.drawNames(context,x,y,width,height));
this.linked=new LinkedState(this.cleanups,"hidden_classes",()=>this.restore());Object.assign(this.overlay,{around:(...place)=>countsAround(
this,...place),nearest:(...place)=>nearestDot(this,...place),toward:(...way)=>dotToward(this,...way),tile:values=>this.tile(
values),load:drawn=>this.show(unpack(drawn))})}load(drawn){const scriptBytes=new Uint8Array(drawn.arrays.points.buffer);
if(this.scriptBytes?.length===scriptBytes.length&&this.scriptBytes.every((byte,i)=>byte===scriptBytes[i]))return;this.scriptBytes=
scriptBytes;this.show(drawn)}async show({header,arrays}){this.newestHeader=header;const picture=header.picture&&await pictureOf(
arrays.pixels,header.picture,this.picture);if(this.newestHeader!==header)return;const isFirst=!this.header;if(this.header?.
revision!==header.revision)this.places.clear();if(this.header?.version!==header.version)this.placesBefore=new Map(this.places);
Object.assign(this,{header,arrays,picture});this.tiles.key="";if(isFirst)this.restore();this.overlay.canvas.dataset.version=
header.version;this.overlay.follow(this.chart);this.names.follow(this.chart);this.tellDots()}restore(){if(!this.header?.
legend)return;const names=this.header.classes.map(({name})=>name);this.hidden=new Set(this.linked.numbers.flatMap(number=>names[number]??
[]));this.redraw()}redraw(){this.overlay.redraw();this.names.redraw();this.tellDots()}tellDots(){this.overlay.chart.element?.
dispatchEvent(new Event(DOTS))}draw(context,x,y){const{header,arrays,picture}=this;if(!this.isOurs)return;if(picture){const[
low,high]=header.picture.span;const[width,height]=[x(high)-x(low),y(low)-y(high)];context.drawImage(this.tilesOf(picture,
width,height),x(low),y(high),width,height)}context.globalAlpha=POINTS;context.strokeStyle=header.surface;context.lineWidth=
.6;for(const{colour,mark,from,to}of this.classes){context.fillStyle=colour;if(mark)this.drawMarks(context,mark,from,to,x,
y);else for(let i=from;i<to;i++){context.beginPath();context.arc(x(arrays.points[2*i]),y(arrays.points[2*i+1]),header.radius,
0,2*Math.PI);context.fill();context.stroke()}}context.globalAlpha=1}drawMarks(context,mark,from,to,x,y){const{points}=this.
arrays;context.font=MARK_LETTERS;context.textAlign="center";context.lineWidth=2.5;for(let i=from;i<to;i++){const place=[
x(points[2*i]),y(points[2*i+1])+3];context.strokeText(mark,...place);context.fillText(mark,...place)}context.lineWidth=.6}tilesOf(picture,width,height){
const{tiles,header:{picture:{cells:[rows,columns]}}}=this;const key=[width,height,window.devicePixelRatio,this.hasPoints].
join();if(tiles.key!==key){const context=contextOf(tiles.canvas,width,height,this.overlay.canvas);drawTiles(context,picture,
rows,columns,[0,0,width,height],this.hasPoints);tiles.key=key}return tiles.canvas}get hasPoints(){return this.arrays.points.
length>0}drawNames(context,x,y,width,height){if(!this.isOurs)return;const ruler=context2d(this.names.canvas);ruler.font=
context.font=NAME_LETTERS;context.textAlign="center";const{header,hidden}=this;const isFew=this.arrays.points.length<=2*
FEW_DOTS;const corners=this.corners(x,y);const ways=[...(corners?.ways??[]).filter(way=>Math.hypot(...way)<=FARTHEST_CORNER),
...NEARBY];const tall=zoomOf(this.names.canvas)>1?NAME_HEIGHT+2:PLACE_HEIGHT;const names=[];for(const entry of header.legend?
header.classes:this.classes){const{name,mark=name,middle:median,colour}=entry;if(!median)continue;const dots=[x(median[0]),
y(median[1])];const middle=[...dots];if(isFew)middle[1]=y(this.top(entry))-NAME_HEIGHT;if(header.legend)[middle[0],middle[1]]=
[clamp(middle[0],14,width-14),clamp(middle[1],14,height-14)];else if(middle[0]<0||middle[1]<0||middle[0]>width||middle[1]>
height)continue;const size=Math.max(ruler.measureText(mark).width+8,NAME_HEIGHT);const look={mark,colour,surface:header.
surface,text:header.text,isHidden:hidden.has(name)};const start=stayingPlace(this.placesBefore.get(name),dots,width,height)??
middle;names.push({name,look,dots,place:corners?.nearest(start)??start,width:size+2,height:tall,ways})}const boxes=this.
names.claimNames(names);boxes.forEach((box,i)=>box&&!isFew&&drawLeader(context,box,names[i].dots,names[i].look));boxes.forEach(
(box,i)=>{if(!box)return;this.places.set(names[i].name,[(box.left+box.width/2)/width,(box.top+box.height/2)/height]);drawName(
context,box,names[i].look);if(header.legend)this.place(names[i].name,box)});const gone=[...this.buttons].filter(([name])=>!header.
classes.some(entry=>entry.name===name));for(const[name,button]of gone){button.remove();this.buttons.delete(name);hidden.
delete(name)}}corners(x,y){if(!this.picture)return null;const{span:[low,high],cells:[rows,columns]}=this.header.picture;
return cornersOf({left:x(low),top:y(high),width:x(high)-x(low),height:y(low)-y(high)},rows,columns)}place(name,box){let button=this.
buttons.get(name);if(!button){button=Object.assign(document.createElement("button"),{type:"button",className:"plane-name"});
button.setAttribute("role","checkbox");button.setAttribute("aria-label",name);button.onclick=()=>this.toggle(name);this.
buttons.set(name,button);this.list.append(button)}const axes=this.names.box;button.title=this.hidden.has(name)?`Show ${name}\
 again`:`Hide ${name}`;button.setAttribute("aria-checked",String(!this.hidden.has(name)));Object.assign(button.style,{width:`${box.
width}px`,height:`${box.height}px`,transform:`translate(${axes.left+box.left}px, ${axes.top+box.top}px)`});if(!this.list.
isConnected)this.overlay.chart.element?.append(this.list)}toggle(name){if(!this.hidden.delete(name))this.hidden.add(name);
this.redraw();const numbers=this.header.classes.flatMap((entry,i)=>this.hidden.has(entry.name)?i:[]);this.linked.keep(numbers.
join())}get isOurs(){return this.overlay.chart.revision===this.header.revision}get classes(){return this.header.classes.
filter(({name})=>!this.hidden.has(name))}top({from,to}){let top=-Infinity;for(let i=from;i<to;i++)top=Math.max(top,this.
arrays.points[2*i+1]);return top}tile([across,up]){if(!this.picture||!this.isOurs)return null;const{span:[low,high],cells:[
rows,columns]}=this.header.picture;const[column,row]=[Math.floor((across-low)/(high-low)*columns),Math.floor((high-up)/(high-
low)*rows)];if(column<0||row<0||column>=columns||row>=rows)return null;const[width,height]=[this.picture.width/columns,this.
picture.height/rows];return{picture:this.picture,box:[column*width,row*height,width,height]}}destroy(){super.destroy();this.
newestHeader=null;this.overlay.destroy();this.names.destroy();this.list.remove()}};async function pictureOf(pixels,{cells,
image_shape:imageShape},before){if(imageShape)return mosaic(pixels,0,cells[0],cells[1],imageShape,null,before??void 0);const image=await createImageBitmap(
new Blob([pixels],{type:"image/png"}));const canvas=Object.assign(document.createElement("canvas"),{width:image.width,height:image.
height});context2d(canvas).drawImage(image,0,0);return canvas}var plane_default=mounting(".plane",PlaneView);export{plane_default as default};
