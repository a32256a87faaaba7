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
subtree:true}))}watchSize(element2,act){this.watch(new ResizeObserver(act),observer=>observer.observe(element2))}watch(observer,begin){
begin(observer);this.add(()=>observer.disconnect())}run(){for(const act of this.acts.splice(0))act()}};var Component=class{component=null;cleanups=new Cleanups;constructor(root){
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var zoomOf=element2=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element2.currentCSSZoom??1:1;var DRAWN="plane-axes-drawn";var SVG="http://www.w3.org/2000/svg";function element(name,attributes,parent){const node=document.createElementNS(SVG,name);
for(const[key,value]of Object.entries(attributes))node.setAttribute(key,String(value));parent?.append(node);return node}
function label(parent,x,y,content,fill,anchor="start"){const node=element("text",{x,y,fill,"text-anchor":anchor},parent);
node.textContent=content;return node}function niceStep(rough){const power=10**Math.floor(Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=
rough)}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var MARGIN={left:46,right:8,top:8,bottom:46};var BETWEEN=64;var LARGE={margin:{left:36,right:8,top:8,bottom:24},between:40};
var FONT="system-ui, Segoe UI, Roboto, Arial, sans-serif";var PlaneAxes=class extends Component{header=null;constructor(root){
super(root);this.cleanups.watchSize(root,()=>this.draw())}load({header}){const isSame=JSON.stringify(header)===JSON.stringify(
this.header);this.header=header;this.root.setAttribute("aria-label",header.alt);if(!isSame)this.draw()}draw(){const{clientWidth:width,
clientHeight:height}=this.root;if(!this.header||!width||!height)return;const{spans,meta,revision}=this.header;const{margin,
between}=zoomOf(this.root)>1?LARGE:{margin:MARGIN,between:BETWEEN};this.root.axes={spans,box:boxOf(width,height,spans,margin),
width,meta,revision};const drawing=drawingOf(this.header,this.root.axes.box,width,height,between);const old=this.root.querySelector(
":scope > svg");if(old)old.replaceWith(drawing);else this.root.prepend(drawing);this.root.dispatchEvent(new Event(DRAWN))}};
function boxOf(width,height,[[left,right],[bottom,top]],margin){const room=[width-margin.left-margin.right,height-margin.
top-margin.bottom];const scale=Math.max(1,Math.min(room[0]/(right-left),room[1]/(top-bottom)));const[across,up]=[scale*(right-
left),scale*(top-bottom)];return{left:margin.left+(room[0]-across)/2,top:margin.top,width:across,height:up}}function drawingOf({
spans,titles,grid,colours},box,width,height,between){const svg=element("svg",{width,height,"font-family":FONT,"font-size":13,
"aria-hidden":"true"});const area={x:box.left,y:box.top,width:box.width,height:box.height,fill:"transparent",stroke:colours.
grid};element("rect",{class:"plane-area",...area},svg);const[right,bottom]=[box.left+box.width,box.top+box.height];for(const[
value,text]of ticksOf(spans[0],box.width/between)){const x=box.left+(value-spans[0][0])/(spans[0][1]-spans[0][0])*box.width;
if(grid)element("path",{d:`M${x} ${box.top}V${bottom}`,stroke:colours.grid},svg);label(svg,x,bottom+17,text,colours.text,
"middle")}for(const[value,text]of ticksOf(spans[1],box.height/between)){const y=bottom-(value-spans[1][0])/(spans[1][1]-
spans[1][0])*box.height;if(grid)element("path",{d:`M${box.left} ${y}H${right}`,stroke:colours.grid},svg);label(svg,box.left-
6,y+4.5,text,colours.text,"end")}if(between===LARGE.between){label(svg,right,bottom+17,titles[0],colours.text,"end");label(
svg,box.left-6,box.top+11,titles[1],colours.text,"end");return svg}label(svg,box.left+box.width/2,bottom+38,titles[0],colours.
text,"middle");const up=label(svg,0,0,titles[1],colours.text,"middle");up.setAttribute("transform",`translate(${box.left-
32},${box.top+box.height/2}) rotate(-90)`);return svg}var plane_axes_default=mounting(".plane-axes",PlaneAxes);export{plane_axes_default as default};
