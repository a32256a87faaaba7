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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var QUIET_MS=2e3;var Elsewhere=class{until=0;constructor(cleanups,isOurs,pressed){
const onPress=event=>{if(isOurs(event.target))return;this.until=performance.now()+QUIET_MS;pressed?.()};cleanups.listen(
document,["pointerdown","keydown"],onPress,true)}get isQuiet(){return performance.now()<this.until}get wait(){return Math.
max(0,this.until-performance.now())}};var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var DRAWN="plane-axes-drawn";var Axes=class{element=null;cleanups=new Cleanups;constructor({onFound,onDrawn}){this.onFound=
onFound;this.onDrawn=onDrawn}find(key){const element=document.querySelector(`.st-key-${key} .plane-axes`);if(!element?.axes)
return false;if(element===this.element)return true;this.release();this.element=element;if(this.onDrawn)this.cleanups.listen(
element,[DRAWN],this.onDrawn);this.onFound?.(element);return true}release(){this.cleanups.run();this.element=null}get drawn(){
return this.element?.axes??null}get box(){return this.drawn?.box??null}get width(){return this.drawn?.width??0}get meta(){
return this.drawn?.meta}get revision(){return this.drawn?.revision}place(event,{outside=false}={}){const{element,box}=this;
if(!element||!box)return null;const[x,y]=placeOn(event,element);const[px,py]=[x-box.left,y-box.top];return outside||px>=
0&&py>=0&&px<=box.width&&py<=box.height?[px,py]:null}values([px,py]){const{spans:[[left,right],[bottom,top]],box:{width,
height}}=this.drawn;return[left+px/width*(right-left),top-py/height*(top-bottom)]}get maps(){const{spans:[[left,right],[
bottom,top]],box:{width,height}}=this.drawn;return{x:value=>(value-left)/(right-left)*width,y:value=>(top-value)/(top-bottom)*
height}}};var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);var isName=({target})=>target instanceof Element&&target.closest(".plane-name")!==null;var NEAR=9;var LISTED=8;var ROOM_ABOVE=140;var PATIENCE_MS=3e3;var Thumbnails=class extends Component{header=null;points=new Float32Array;sprite=null;spriteOf="";askedAt=-Infinity;open=null;isKeyed=false;marked=new Set;told=null;canvas=null;canvasCleanups=new Cleanups;chart=new Axes(
{onFound:plot=>this.listen(plot)});constructor(root){super(root);this.popup=document.createElement("div");this.popup.className=
"plane-thumbnail";this.popup.setAttribute("role","status");this.popupPicture=document.createElement("canvas");this.popupPicture.
setAttribute("aria-hidden","true");this.popupLabel=document.createElement("span");this.popup.append(this.popupPicture,this.
popupLabel);this.cleanups.watchPage(()=>this.attach());const isOurs=target=>[this.chart.element,this.root,this.canvas].some(
part=>part?.contains(target));this.elsewhere=new Elsewhere(this.cleanups,isOurs,()=>this.hide())}async load({header,arrays}){
const isSame=this.header?.id===header.id;if(!isSame)this.askedAt=-Infinity;if(!isSame||header.pressed?.join()===this.told)
this.told=null;if(this.told===null)this.marked=new Set(header.pressed);this.header=header;this.points=arrays.points;this.
attach();this.list();if(!header.pictures||this.spriteOf===header.id)return;this.sprite=await createImageBitmap(new Blob(
[arrays.png],{type:"image/png"}));this.spriteOf=header.id;this.list();if(this.open)this.show(this.open)}attach(){if(!this.
header||this.header.gallery)return;this.chart.find(this.header.chart);if(this.chart.element&&!this.popup.isConnected)this.
chart.element.append(this.popup);const canvas=document.querySelector("canvas[data-role=decoded]");if(canvas&&canvas!==this.
canvas)this.listenToDecoder(canvas)}listen(plot){const{cleanups}=this.chart;const onMove=event=>{this.isKeyed=false;if(isName(
event))this.hide();else this.point(event)};const onLeave=event=>event.pointerType!=="touch"&&this.hide();const onClick=event=>{
const point=this.header?.choosable?this.nearest(event):null;if(point)this.choose(point.row)};cleanups.listen(plot,["poin\
termove","pointerdown"],onMove,true);cleanups.listen(plot,["pointerleave"],onLeave,true);cleanups.listen(plot,["click"],
onClick,true)}listenToDecoder(canvas){this.canvasCleanups.run();this.canvas=canvas;this.canvasCleanups.listen(canvas,["k\
eydown"],()=>this.isKeyed=true);this.canvasCleanups.listen(canvas,["blur"],()=>{this.isKeyed=false;this.hide()});const observer=new MutationObserver(
()=>{this.list();if(this.isKeyed)this.pointAtCursor()});const begin=observer2=>observer2.observe(canvas,{attributes:true,
attributeFilter:["data-z"]});this.canvasCleanups.watch(observer,begin);this.list()}nearest(event){const{box}=this.chart;
const place=this.chart.place(event,{outside:true});const pointsCanvas=this.chart.element?.querySelector("canvas[data-rol\
e=points]");const point=box&&place&&pointsCanvas?.overlay?.nearest?.(place[0],place[1],NEAR);return point?{...point,x:point.
x+box.left,y:point.y+box.top}:null}point(event){if(!this.header)return;const point=this.nearest(event);if(!point)return this.
hide();if(point.row!==this.open?.row)this.show(point);const now=performance.now();if(this.header.pictures||now<=this.askedAt+
PATIENCE_MS||this.elsewhere.isQuiet)return;this.askedAt=now;this.component.setStateValue("wanted",Date.now())}pointAtCursor(){
const ring=this.chart.element?.querySelector(".plane-cursor")?.getBoundingClientRect();if(ring?.width)this.point({clientX:ring.
left+ring.width/2,clientY:ring.top+ring.height/2})}show(point){this.open=point;this.popup.setAttribute("aria-live",this.
isKeyed?"polite":"off");const{row,name,x,y}=point;this.popupLabel.textContent=this.header.names||name!=="encoded images"?
`#${row+1} · ${name}`:`#${row+1}`;const isPictured=this.spriteOf===this.header.id;this.popupPicture.style.display=isPictured?
"block":"none";if(isPictured)this.paint(this.popupPicture,row);this.popup.dataset.row=String(row);this.popup.style.display=
"flex";const[right,below]=[x>this.chart.width/2,y<ROOM_ABOVE];this.popup.style.transform=`translate(${x+(right?-14:14)}p\
x, ${y+(below?10:-10)}px) translate(${right?"-100%":"0"}, ${below?"0":"-100%"})`}hide(){this.open=null;this.popup.style.
display="none"}paint(canvas,row){if(!this.sprite)return;const{image_shape:[height,width],columns}=this.header;canvas.width=
width;canvas.height=height;canvas.dataset.row=String(row);const[left,top]=[row%columns*width,Math.floor(row/columns)*height];
context2d(canvas).drawImage(this.sprite,left,top,width,height,0,0,width,height)}choose(row){if(this.header.mark)return this.
mark(row);this.component.setTriggerValue("row",row)}mark(row){if(!this.marked.delete(row))this.marked.add(row);const rows=[
...this.marked].sort((a,b)=>a-b);this.told=rows.join();this.component.setTriggerValue("marked",{of:this.header.id,rows});
this.listAll()}list(){if(this.header?.gallery)return this.listAll();const z=this.canvas?.latent;const{header,points}=this;
if(!header?.listed||!z||z.length!==header.latent_dim)return this.root.replaceChildren();const distances=distancesTo(z,points,
header.count);const rows=Array.from(distances.keys()).sort((a,b)=>distances[a]-distances[b]).slice(0,LISTED);while(this.
root.children.length<rows.length)this.root.append(this.card());rows.forEach((row,i)=>{const button=this.root.children[i];
const canvas=button.children[0];const away=distances[row].toFixed(2);button.children[1].textContent=`#${row+1}${header.names?
` · ${header.names[row]}`:""}
${away} away`;button.dataset.row=String(row);const name=header.names?`, class ${header.names[row]}`:"";button.setAttribute(
"aria-label",`test image ${row+1}${name}, ${away} from z: look at its posterior`);if(this.spriteOf===header.id&&canvas.dataset.
row!==String(row))this.paint(canvas,row)})}listAll(){const{gallery,framed,press,mark}=this.header;this.root.classList.add(
"gallery");this.root.classList.toggle("wide",Boolean(mark));while(this.root.children.length<gallery.length)this.root.append(
this.card());Array.from(this.root.children).forEach((button,row)=>{const[canvas,label]=button.children;const isMarked=this.
marked.has(row);label.textContent=isMarked&&mark||gallery[row];button.setAttribute("data-row",String(row));button.setAttribute(
"aria-label",[`draw ${row+1}`,label.textContent,framed.includes(row)&&"framed"].filter(Boolean).join(", ")+`: ${press}`);
button.setAttribute("aria-pressed",String(isMarked));button.classList.toggle("framed",framed.includes(row));if(this.spriteOf===
this.header.id&&canvas instanceof HTMLCanvasElement)this.paint(canvas,row)})}card(){const button=document.createElement(
"button");button.type="button";const label=document.createElement("span");label.style.whiteSpace="pre-line";button.append(
document.createElement("canvas"),label);button.onclick=()=>this.choose(Number(button.dataset.row));return button}destroy(){
super.destroy();this.canvasCleanups.run();this.chart.release();this.popup.remove()}};function distancesTo(z,points,count){
return Float64Array.from({length:count},(_,row)=>{let sum=0;for(let k=0,at=row*z.length;k<z.length;k++)sum+=(points[at+k]-
z[k])**2;return Math.sqrt(sum)})}var thumbnails_default=mounting(".thumbnails",Thumbnails);export{thumbnails_default as default};
