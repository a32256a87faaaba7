var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));function niceStep(rough){const power=10**Math.floor(Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=
rough)}var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawMeans(canvas,values,imageShape){const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);
const{data}=image;for(let at=0,from=0;at<data.length;at+=4,from+=parts){if(parts===3)for(let part=0;part<3;part++)data[at+
part]=255*clamp(values[from+part],0,1);else data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}context2d(
canvas).putImageData(image,0,0)}function contextOf(canvas,width,height){const density=window.devicePixelRatio||1;fit(canvas,[Math.round(height*density),
Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.setTransform(density,
0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font="12px system-ui, S\
egoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){context.beginPath();
context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;context.lineWidth=width;
context.strokeStyle=stroke;context.stroke()}var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a)};var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){
if(!Object.hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}function decode({layers,activation,mean},z){let input=Float32Array.from(z);layers.forEach(({rows,columns,weight,
bias,out},index)=>{const f=index<layers.length-1?activation:mean;for(let row=0,w=0;row<rows;row++){let sum=0;for(let column=0;column<
columns;column++)sum+=weight[w++]*input[column];out[row]=f(sum+bias[row])}input=out});return Float32Array.from(input)}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var minus=text=>text.replace("-","−");var coordinates=z=>Array.from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var shortList=texts=>(texts.length>4?[...texts.
slice(0,3),"…"]:texts).join(", ");var MARGIN={left:34,bottom:34,top:6,right:6};var BEHIND=.55;var NO_CLASS=255;function planeOf(side,[low,high]){const{left,
top}=MARGIN;const length=side-left-MARGIN.right;return{x:value=>left+(value-low)/(high-low)*length,y:value=>top+(high-value)/
(high-low)*length,latent:(px,py)=>[low+(px-left)/length*(high-low),high-(py-top)/length*(high-low)],within:(px,py)=>px>=
left&&py>=top&&px<=left+length&&py<=top+length,box:[left,top,length,length]}}function clipped(context,{box},draw){context.
save();context.beginPath();context.rect(...box);context.clip();draw();context.restore()}function drawAxes(context,side,span,titles,colours,backdrop){
const plane=planeOf(side,span);const{x,y,box:[left,top,length]}=plane;if(backdrop){clipped(context,plane,()=>{context.globalAlpha=
BEHIND;const[from,to]=backdrop.span;context.drawImage(backdrop.picture,x(from),y(to),x(to)-x(from),y(from)-y(to))})}context.
strokeStyle=colours.grid;context.strokeRect(left,top,length,length);context.fillStyle=colours.muted;const[low,high]=span;
const step=niceStep((high-low)/5);for(let value=Math.ceil(low/step)*step;value<=high;value+=step){const text=minus(String(
Math.round(value/step)*step===0?0:Number(value.toPrecision(3))));context.textAlign="center";context.fillText(text,x(value),
side-MARGIN.bottom+14);context.textAlign="right";context.fillText(text,left-4,y(value)+4)}context.textAlign="center";context.
fillText(titles[0],left+length/2,side-4);context.textAlign="left";context.lineWidth=4;context.strokeStyle=colours.surface;
context.strokeText(titles[1],left+5,top+14);context.fillText(titles[1],left+5,top+14);context.lineWidth=1;return plane}function drawPoints(context,{
x,y},points,labels,classColours,colour,radius){for(let i=0;i<points.length/2;i++){const fill=labels[i]===NO_CLASS?colour:
classColours[labels[i]%10];circle(context,[x(points[2*i]),y(points[2*i+1])],radius,{fill})}}function drawMark(context,plane,place,colour,surface,name){
const[x,y]=[plane.x(place[0]),plane.y(place[1])];circle(context,[x,y],8,{stroke:surface,width:6});circle(context,[x,y],8,
{stroke:colour,width:3});context.font="bold 14px system-ui, Segoe UI, Roboto, Arial, sans-serif";context.lineWidth=4;context.
strokeStyle=surface;context.strokeText(name,x+12,y+5);context.fillStyle=colour;context.fillText(name,x+12,y+5);context.lineWidth=
1}var FIRST_HIGHER=[0,114,178];var THIS_HIGHER=[213,94,0];var NEAR_SPAN=[-4,4];var LARGEST_PLANE=360;var Twin=class extends Component{header=null;arrays={};decoders=[];parts=[];z=[];isWide=false;isPending=false;constructor(root){
super(root);this.columns=root.querySelector(".twin-columns");this.output=root.querySelector("output");const buttons=root.
querySelectorAll(".twin-bar button");this.buttons=[...buttons];for(const button of this.buttons)button.onclick=()=>this.
scale(button.dataset.role);this.cleanups.watchSize(this.columns,()=>this.draw());this.cleanups.listen(window,["twin-seen"],
()=>this.draw())}load({header,arrays}){const isSame=this.header?.latent_dim===header.latent_dim;Object.assign(this,{header,
arrays});this.decoders=header.models.map((model,number)=>decoderOf(model,arrays,`${number}.`));if(!isSame)this.z=new Array(
header.latent_dim).fill(0);this.parts=header.models.map(({title},number)=>this.column(title,number));this.columns.replaceChildren(
...this.parts.map(({plane})=>plane.parentElement));this.draw()}scale(role){this.isWide=role==="all";for(const button of this.
buttons)button.setAttribute("aria-pressed",String(button.dataset.role===role));this.draw()}column(title,number){const plane=picture(
"plane",`${title}: latent plane; arrow keys move the point`);plane.tabIndex=0;plane.onpointermove=plane.onpointerdown=event=>this.
onPointer(event,plane);plane.onkeydown=event=>this.onKey(event);const first=this.header.models[0].title;const cells=[["d\
ecoded",`at the cursor: mean of p(x|z)`],["difference",number?`minus that of ${first}`:"all differences are to this mode\
l"],["reconstruction","x again: mean of p(x|z), z = μ + σε"],["reconstructionDifference",number?`minus that of ${first}`:
""]];const canvases={plane};const pair=Object.assign(document.createElement("div"),{className:"twin-pair"});for(const[role,
text]of cells){const canvas=picture(role,`${title}: ${text}`);[canvas.height,canvas.width]=this.header.image_shape;if(!number&&
role.toLowerCase().endsWith("difference"))canvas.style.visibility="hidden";const figure=document.createElement("figure");
figure.append(canvas,Object.assign(document.createElement("figcaption"),{textContent:text}));pair.append(figure);canvases[role]=
canvas}const column=Object.assign(document.createElement("div"),{className:"twin-column"});column.append(Object.assign(document.
createElement("strong"),{textContent:title}),plane,pair);return canvases}draw(){const seen=globalThis.twinSeen;if(!this.
header||!seen||seen.header.id!==this.header.id||!this.columns.clientWidth)return;const decoded=this.decoders.map(decoder=>decode(
decoder,this.z));const again=this.decoders.map((_,number)=>seen.arrays[`reconstruction${number}`]);this.parts.forEach((canvases,number)=>{
this.drawPlane(canvases.plane,number,seen.arrays[`z${number}`]);this.drawImage(canvases.decoded,decoded[number]);this.drawImage(
canvases.reconstruction,again[number]);if(number){this.drawDifference(canvases.difference,decoded[number],decoded[0]);this.
drawDifference(canvases.reconstructionDifference,again[number],again[0])}});const texts=coordinates(this.z);this.root.dataset.
z=texts.join(",");this.root.latent=this.z;this.output.textContent=`the same z = (${minus(shortList(texts)).replaceAll("-",
"−")}) for all`}drawPlane(canvas,number,zOfX){const side=Math.min(canvas.parentElement?.clientWidth??0,LARGEST_PLANE);
canvas.style.width=`${side}px`;const context=contextOf(canvas,side,side);const{axes,colours,class_colours:classColours,titles,
reach}=this.header;const plane=drawAxes(context,side,this.isWide?[-reach,reach]:NEAR_SPAN,titles,colours);canvas.plane=plane;
clipped(context,plane,()=>{drawPoints(context,plane,this.arrays[`points${number}`],this.arrays.labels,classColours,colours.
encoder,2.5);context.strokeStyle=colours.prior;context.setLineDash([4,4]);for(const radius of[1,2]){context.beginPath();
context.arc(plane.x(0),plane.y(0),plane.x(radius)-plane.x(0),0,2*Math.PI);context.stroke()}context.setLineDash([]);drawMark(
context,plane,zOfX,colours.data,colours.surface,"x");const z=[this.z[axes[0]],axes.length>1?this.z[axes[1]]:0];drawMark(
context,plane,z,colours.latent,colours.surface,"z")})}drawImage(canvas,pixels){drawMeans(canvas,pixels,this.header.image_shape);
canvas.pixels=pixels}drawDifference(canvas,pixels,reference){const image=new ImageData(canvas.width,canvas.height);const difference=pixels.
map((value,i)=>value-reference[i]);const parts=this.header.image_shape[2]??1;for(let at=0;at<difference.length;at+=parts){
const value=difference.subarray(at,at+parts).reduce((sum,part)=>sum+part,0)/parts;const to=4*at/parts;image.data.set(value>
0?THIS_HIGHER:FIRST_HIGHER,to);image.data[to+3]=255*clamp(Math.abs(value),0,1)}context2d(canvas).putImageData(image,0,0);
canvas.pixels=difference}onPointer(event,canvas){if(event.pointerType==="touch"&&event.type==="pointerdown")canvas.setPointerCapture(
event.pointerId);const box=canvas.getBoundingClientRect();const[px,py]=[event.clientX-box.left,event.clientY-box.top];if(canvas.
plane?.within(px,py))this.moveTo(canvas.plane.latent(px,py))}moveTo(position){this.header.axes.forEach((axis,k)=>this.z[axis]=
position[k]);if(this.isPending)return;this.isPending=true;queueMicrotask(()=>{this.isPending=false;this.draw()})}onKey(event){
const step=arrowStep(event);if(!step)return;event.preventDefault();const size=(event.shiftKey?.5:.1)*(this.isWide?this.header.
reach/4:1);this.moveTo(this.header.axes.map((axis,k)=>this.z[axis]+step[k]*size))}};function picture(role,words){const canvas=document.
createElement("canvas");canvas.dataset.role=role;canvas.setAttribute("role","img");canvas.setAttribute("aria-label",words);
return canvas}var twin_default=mounting(".twin",Twin);export{twin_default as default};
