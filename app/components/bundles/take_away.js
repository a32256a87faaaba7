var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function circle(context,[x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){
context.fillStyle=fill;context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var cameraName=plot=>plot._context?.toImageButtonOptions.filename?.replace(/^aevb-lab-/,"");function photograph(plot){const camera=plot.
querySelector(".modebar-btn[data-title^='Download plot']");if(!camera||!plot._fullLayout)return null;const usual=plot._context.
toImageButtonOptions;const{width,height}=plot._fullLayout;plot._context.toImageButtonOptions={format:"svg",filename:"tak\
en",width,height};const drawing=new Promise(resolve=>{const take=event=>{const link=event.target;if(link.download!=="tak\
en.svg")return;event.preventDefault();event.stopPropagation();window.removeEventListener("click",take,true);resolve(fetch(
link.href))};window.addEventListener("click",take,true)});camera.dispatchEvent(new MouseEvent("click"));plot._context.toImageButtonOptions=
usual;return drawing.then(answer=>answer.text()).then(text=>({text,width,height}))}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var SVG="http://www.w3.org/2000/svg";function element(name,attributes,parent){const node=document.createElementNS(SVG,name);
for(const[key,value]of Object.entries(attributes))node.setAttribute(key,String(value));parent?.append(node);return node}var SvgContext=class{globalAlpha=1;lineWidth=1;lineJoin="miter";fillStyle="#000";strokeStyle="#000";font="12px sans-seri\
f";textAlign="left";textBaseline="alphabetic";imageSmoothingEnabled=false;path="";constructor({left,top,width,height}){this.
drawing=element("svg",{x:left,y:top,width,height,overflow:"hidden"})}add(name,attributes,text=""){element(name,{...attributes,
opacity:this.globalAlpha},this.drawing).textContent=text}beginPath(){this.path=""}moveTo(x,y){this.path+=`M${x.toFixed(2)}\
 ${y.toFixed(2)}`}lineTo(x,y){this.path+=`${this.path?"L":"M"}${x.toFixed(2)} ${y.toFixed(2)}`}arc(x,y,radius,_from,_to){
this.moveTo(x-radius,y);for(const side of[1,-1])this.path+=`A${radius} ${radius} 0 0 1 ${(x+side*radius).toFixed(2)} ${y.
toFixed(2)}`}stroke(){const line={stroke:this.strokeStyle,"stroke-width":this.lineWidth,"stroke-linejoin":this.lineJoin};
this.add("path",{d:this.path,fill:"none",...line})}fill(){this.add("path",{d:this.path,fill:this.fillStyle})}fillRect(x,y,width,height){
this.add("rect",{x,y,width,height,fill:this.fillStyle})}fillText(text,x,y){this.addText(text,x,y,{fill:this.fillStyle})}strokeText(text,x,y){
this.addText(text,x,y,{fill:"none",stroke:this.strokeStyle,"stroke-width":this.lineWidth,"stroke-linejoin":this.lineJoin})}addText(text,x,y,look){
const anchor={center:"middle",right:"end"}[this.textAlign]??"start";const middle=this.textBaseline==="middle"?{"dominant\
-baseline":"central"}:{};this.add("text",{x,y,...look,style:`font: ${this.font}`,"text-anchor":anchor,...middle},text)}drawImage(canvas,x,y,width,height){
const crisp=this.imageSmoothingEnabled?{}:{style:"image-rendering: pixelated"};this.add("image",{href:canvas.toDataURL(),
x,y,width,height,preserveAspectRatio:"none",...crisp})}};var SMALLEST=560;var PICTURES=".plane-axes, .js-plotly-plot, canvas[role=img], canvas[role=application], .bound-toy svg,\
 [data-role=plane] > svg, [data-testid=stImage] img";var STYLES=["fill","stroke","stroke-width","stroke-dasharray","opac\
ity","font-family","font-size","font-weight","text-anchor"];var TakeAway=class extends Component{content="";script=null;load({
stem,script}){this.script=script;const pictures=picturesOfPage();const content=JSON.stringify([Boolean(script),stem,pictures.
map(({name})=>name)]);if(this.content===content)return;this.content=content;const say=text=>void(this.part("output").textContent=
text);const saveScript=()=>this.script&&save(fillIn(this.script),"text/x-python",this.script.name,say);const buttons=script?
[button("Script with the same numbers (.py)","",saveScript)]:[];this.part("[data-role=script]").replaceChildren(...buttons);
this.part("[data-role=pictures]").replaceChildren(...pictures.flatMap(picture=>row(picture,stem,say)))}part(selector){return this.
root.querySelector(selector)}};function row(picture,stem,say){const label=document.createElement("span");label.textContent=
picture.label;const offers=picture.formats.map((format,i)=>{const file=`${stem}-${picture.name}.${format}`;const words2=`${picture.
label} as ${format.toUpperCase()}`;const offer=button(format.toUpperCase(),words2,()=>picture.save(format,file,say));offer.
style.gridColumn=String(2+i);return offer});return[label,...offers]}function button(text,name,act){const offer=Object.assign(
document.createElement("button"),{type:"button",textContent:text});if(name)offer.setAttribute("aria-label",name);offer.onclick=
act;return offer}function picturesOfPage(){const page=document.querySelector("[data-testid=stMain]")??document.body;const counts=new Map;
const unique=name=>{const count=(counts.get(name)??0)+1;counts.set(name,count);return count>1?`${name}-${count}`:name};return[
...page.querySelectorAll(PICTURES)].filter(node=>node.getClientRects().length&&node.getAttribute("width")!=="0"&&!node.closest(
"button, label")).filter(node=>!(node instanceof HTMLCanvasElement)||!node.closest(".plane-axes")).filter(node=>getComputedStyle(
node).visibility!=="hidden").map(node=>describe(node,unique))}function describe(node,unique){if(node.matches(".js-plotly\
-plot")){const plot=node;const name2=cameraName(plot)??keyOf(node)??"chart";return{label:words(name2),name:unique(slug(name2)),
formats:["png","svg"],save:(...more)=>saveChart(plot,...more)}}if(node.matches(".plane-axes")){const name2=keyOf(node)??
"plane";const plane=node;return{label:words(name2),name:unique(slug(name2)),formats:["png","svg"],save:(...more)=>savePlane(
plane,...more)}}const title=node.getAttribute("aria-label")||node.getAttribute("alt")||keyOf(node)||"picture";const label=words(
title.split("; ")[0]);const name=unique(slug(label));if(node instanceof SVGElement)return{label,name,formats:["png","svg"],
save:(...more)=>saveDrawing(node,...more)};if(node instanceof HTMLImageElement){const save2=(_,file,say)=>savePixels(node,
node.naturalWidth,node.naturalHeight,1,file,say);return{label,name,formats:["png"],save:save2}}const canvas=node;const factor=canvas.
width<200?Math.ceil(SMALLEST/canvas.width):1;return{label,name,formats:["png"],save:(_,file,say)=>savePixels(canvas,canvas.
width,canvas.height,factor,file,say)}}var keyOf=node=>node.closest("[class*=st-key-]")?.className.match(/st-key-([\w-]+)/)?.[1];
var words=name=>(name.includes(" ")?name:name.replace(/[_-]+/g," ")).replace(/^./,letter=>letter.toUpperCase());var slug=text=>text.
toLowerCase().replace(/[^a-z0-9]+/g,"-").replace(/^-|-$/g,"").slice(0,48);function save(content,type,file,say){const address=URL.
createObjectURL(content instanceof Blob?content:new Blob([content],{type}));const link=Object.assign(document.createElement(
"a"),{href:address,download:file});link.click();setTimeout(()=>URL.revokeObjectURL(address),1e4);say(`Saved ${file}.`)}async function saveChart(plot,format,file,say){
const photo=await photograph(plot);if(!photo)return say("This chart is gone. Close Download and open it again.");const drawing=new DOMParser().
parseFromString(photo.text,"image/svg+xml").documentElement;for(const picture of drawing.querySelectorAll("image"))picture.
style.imageRendering="pixelated";saveText(new XMLSerializer().serializeToString(drawing),photo.width,photo.height,format,
file,say)}function savePlane(plane,format,file,say){const axes=plane.querySelector(":scope > svg");if(!axes)return say("\
This map is gone. Close Download and open it again.");const{width,height}=axes.getBoundingClientRect();const drawing=axes.
cloneNode(true);drawing.setAttribute("xmlns",SVG);drawing.prepend(element("rect",{width:"100%",height:"100%",fill:ground()}));
for(const overlay of overlaysOf(plane)){const context=new SvgContext(overlay.box);overlay.paint(context,overlay.box);drawing.
append(context.drawing)}saveText(new XMLSerializer().serializeToString(drawing),width,height,format,file,say)}function overlaysOf(plane){
const chart=plane.getBoundingClientRect();const overlays=[...plane.querySelectorAll("canvas")].flatMap(({overlay})=>overlay?.
box?[overlay]:[]);overlays.sort((overlay,other)=>overlay.level-other.level);const painters=overlays.map(overlay=>({box:overlay.
box,paint:overlay.paint.bind(overlay)}));const rings=[...plane.querySelectorAll(".plane-cursor")].filter(ring=>ring.getClientRects().
length);return painters.concat(rings.map(ring=>{const{left,top,width,height}=ring.getBoundingClientRect();const middle=[
left-chart.left+width/2,top-chart.top+height/2];const box={left:0,top:0,width:chart.width,height:chart.height};return{box,
paint:context=>paintRing(context,middle,getComputedStyle(ring).borderTopColor)}}))}function paintRing(context,middle,colour){
circle(context,middle,7.75,{stroke:"#fff",width:6.5});circle(context,middle,7.5,{stroke:colour,width:3})}var ground=()=>getComputedStyle(
document.querySelector("[data-testid=stApp]")??document.body).backgroundColor;function savePixels(source,width,height,factor,file,say){
const copy=Object.assign(document.createElement("canvas"),{width:width*factor,height:height*factor});const context=context2d(
copy);context.fillStyle=ground();context.fillRect(0,0,copy.width,copy.height);context.imageSmoothingEnabled=false;context.
drawImage(source,0,0,copy.width,copy.height);copy.toBlob(blob=>blob&&save(blob,"image/png",file,say),"image/png")}function saveDrawing(drawing,format,file,say){
const{width,height}=drawing.getBoundingClientRect();const copy=drawing.cloneNode(true);const originals=drawing.querySelectorAll(
"*");copy.querySelectorAll("*").forEach((node,i)=>{const style=getComputedStyle(originals[i]);for(const name of STYLES)node.
setAttribute(name,style.getPropertyValue(name))});for(const[name,value]of Object.entries({xmlns:SVG,width,height}))copy.
setAttribute(name,String(value));copy.prepend(element("rect",{width:"100%",height:"100%",fill:ground()}));saveText(new XMLSerializer().
serializeToString(copy),width,height,format,file,say)}function saveText(text,width,height,format,file,say){if(format==="\
svg")return save(text,"image/svg+xml",file,say);const image=new Image;image.onload=()=>savePixels(image,width,height,2,file,
say);image.src=`data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`}function fillIn({text,live}){return Object.
entries(live).reduce((script,[name,[selector,property,usual]])=>{const value=property.split(".").reduce((part,key)=>part?.[key],
document.querySelector(selector));const isMissing=value===void 0||Number.isNaN(value);const numbers=isMissing?usual:typeof value===
"number"?[value]:Array.from(value);return script.replaceAll(`$${name}`,()=>`[${numbers.join(", ")}]`)},text)}var take_away_default=mounting(
".take-away",TakeAway);export{take_away_default as default};
