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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function drawMeans(canvas,values,imageShape){const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);
const{data}=image;for(let at=0,from=0;at<data.length;at+=4,from+=parts){if(parts===3)for(let part=0;part<3;part++)data[at+
part]=255*clamp(values[from+part],0,1);else data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}context2d(
canvas).putImageData(image,0,0)}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var[DARKER,BRIGHTER]=[[0,114,178],[213,94,0]];var Pictures=class{images={};constructor(number,header,role,text){const{title}=header.
models[number];this.shape=header.image_shape;this.title=title;this.role=role;const pair=made("div","twin-pair");const first=header.
models[0].name;pair.append(this.figure(role,text),number?this.figure(`${role}Difference`,`minus that of ${first}`):keyOf(
first));this.nearest=this.figure("nearest","");this.nearest.className="twin-nearest";this.images.nearest.after(this.canvas(
"nearestDifference","what differs"));this.element=made("div","twin-pictures");this.element.append(made("strong","twin-ag\
ain",title),pair)}figure(role,text){const figure=document.createElement("figure");figure.append(this.canvas(role,text),made(
"figcaption","",text));return figure}canvas(role,text){const canvas=picture(role,`${this.title}: ${text}`);[canvas.height,
canvas.width]=this.shape;canvas.className=role.toLowerCase().endsWith("difference")?"":"twin-tile";this.images[role]=canvas;
return canvas}draw(pixels,reference){this.drawPicture(this.role,pixels);if(this.images[`${this.role}Difference`])this.drawDifference(
`${this.role}Difference`,pixels,reference)}drawPicture(role,pixels){drawMeans(this.images[role],pixels,this.shape);this.
images[role].pixels=pixels}drawNearest(pixels,drawn,distance,limit){const{nearest:figure,images:{nearest:canvas}}=this;figure.
style.visibility=pixels?"visible":"hidden";if(!pixels)return;this.drawPicture("nearest",pixels);this.drawDifference("nea\
restDifference",drawn,pixels);const far=distance>limit;const text=`Most similar picture of a test image, and the differe\
nce: ${fixed(distance,2)}, ${far?"above":"below"} the limit ${fixed(limit,2)}${far?": a hole.":"."}`;const caption=figure.
lastElementChild;if(caption.textContent===text)return;caption.textContent=text;canvas.setAttribute("aria-label",`${this.
title}: ${text}`)}drawDifference(role,pixels,reference){const canvas=this.images[role];const image=new ImageData(canvas.
width,canvas.height);const difference=pixels.map((value,i)=>value-reference[i]);const parts=this.shape[2]??1;for(let at=0;at<
difference.length;at+=parts){const value=difference.subarray(at,at+parts).reduce((sum,part)=>sum+part,0)/parts;const to=4*
at/parts;image.data.set(value>0?BRIGHTER:DARKER,to);image.data[to+3]=255*clamp(Math.abs(value),0,1)}context2d(canvas).putImageData(
image,0,0);canvas.pixels=difference}};function keyOf(name){const key=made("div","twin-key");const colour=([red,green,blue],text)=>{
const row=made("span","",text);row.style.setProperty("--colour",`rgb(${red} ${green} ${blue})`);return row};key.append(made(
"span","","Colours of what differs:"),colour(BRIGHTER,`brighter than ${name}`),colour(DARKER,`darker than ${name}`));return key}
function picture(role,words,hasKeys=false){const canvas=document.createElement("canvas");canvas.dataset.role=role;canvas.
setAttribute("role",hasKeys?"application":"img");if(hasKeys)canvas.tabIndex=0;canvas.setAttribute("aria-label",words);return canvas}
function made(kind,className,text=""){return Object.assign(document.createElement(kind),{className,textContent:text})}var TwinX=class extends Component{load(packed){const{header,arrays}=packed;const models=header.models.map((_,number)=>new Pictures(
number,header,"reconstruction","test image again, at z = μ + σε"));models.forEach((pictures,number)=>pictures.draw(arrays[`\
reconstruction${number}`],arrays.reconstruction0));this.root.style.setProperty("--models",String(models.length));this.root.
replaceChildren(...models.map(({element})=>element));globalThis.twinSeen=packed;window.dispatchEvent(new Event("twin-see\
n"))}};var twin_x_default=mounting(".twin-x-columns",TwinX);export{twin_x_default as default};
