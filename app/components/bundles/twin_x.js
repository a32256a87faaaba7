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
canvas).putImageData(image,0,0)}var Picture=class{constructor(number,header,role,text){const{title,name}=header.models[number];this.shape=header.image_shape;
this.canvas=tile(role,`${title}: ${text}`,this.shape);const figure=made("figure","");this.text=text;this.caption=made("f\
igcaption","",text);figure.append(this.canvas,this.caption);this.element=made("div","twin-picture");this.element.append(
made("strong","twin-again",name),figure)}draw(pixels,place=""){paint(this.canvas,pixels,this.shape);const words=place||this.
text;if(this.caption.textContent!==words)this.caption.textContent=words}};function tile(role,words,shape){const canvas=picture(
role,words);[canvas.height,canvas.width]=shape;canvas.className="twin-tile";return canvas}function paint(canvas,pixels,shape){
drawMeans(canvas,pixels,shape);canvas.pixels=pixels}function picture(role,words,hasKeys=false){const canvas=document.createElement(
"canvas");canvas.dataset.role=role;canvas.setAttribute("role",hasKeys?"application":"img");if(hasKeys)canvas.tabIndex=0;
canvas.setAttribute("aria-label",words);return canvas}function made(kind,className,text=""){return Object.assign(document.
createElement(kind),{className,textContent:text})}var TwinX=class extends Component{load(packed){const{header,arrays}=packed;const models=header.models.map((_,number)=>new Picture(
number,header,"reconstruction","what comes back"));models.forEach((picture2,number)=>picture2.draw(arrays[`reconstructio\
n${number}`]));this.root.style.setProperty("--models",String(models.length));this.root.replaceChildren(...models.map(({element})=>element));
globalThis.twinSeen=packed;window.dispatchEvent(new Event("twin-seen"))}};var twin_x_default=mounting(".twin-x-columns",
TwinX);export{twin_x_default as default};
