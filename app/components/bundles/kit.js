var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));function logSumExp(values){let most=-Infinity;for(let i=0;i<
values.length;i++)if(values[i]>most)most=values[i];let sum=0;for(let i=0;i<values.length;i++)sum+=Math.exp(values[i]-most);
return most+Math.log(sum)}var TAIL_COEFFICIENTS=[-1.26551223,1.00002368,.37409196,.09678418,-.18628806,.27886807,-1.13520398,
1.48851587,-.82215223,.17087277];function normalCdf(z){const t=1/(1+.5*Math.abs(z)*Math.SQRT1_2);const polynomial=TAIL_COEFFICIENTS.
reduceRight((sum,a)=>sum*t+a,0);const tail=.5*t*Math.exp(-.5*z*z+polynomial);return z>0?1-tail:tail}function normalQuantile(u){
const p=clamp(u,1e-9,1-1e-9);let[low,high]=[-6.5,6.5];for(let i=0;i<50;i++){const middle=(low+high)/2;if(normalCdf(middle)<
p)low=middle;else high=middle}return(low+high)/2}function niceStep(rough){const power=10**Math.floor(Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=
rough)}var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;var rgb=hex=>[1,3,5].map(i=>parseInt(hex.slice(i,i+2),16));var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function paint(image,left,top,source,start,imageShape,shades=GREYS){
if(imageShape.length===3)return paintColour(image,left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(
image.data.buffer);for(let row=0,from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){
pixels[at]=shades[Math.round(source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){
for(let row=0,from=start;row<height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part=0;part<
3;part++)data[at+part]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==
width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawBytes(canvas,source,start,imageShape){const image=new ImageData(
imageShape[1],imageShape[0]);paint(image,0,0,source,start,imageShape);context2d(canvas).putImageData(image,0,0)}function drawMeans(canvas,values,imageShape){
const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);const{data}=image;for(let at=0,from=0;at<
data.length;at+=4,from+=parts){if(parts===3)for(let part=0;part<3;part++)data[at+part]=255*clamp(values[from+part],0,1);else
data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}context2d(canvas).putImageData(image,0,0)}var scratch;
function mosaic(source,start,rows,columns,imageShape,ink,canvas=document.createElement("canvas")){const[height,width]=imageShape;
fit(canvas,[rows*height,columns*width]);if(scratch?.width!==canvas.width||scratch.height!==canvas.height)scratch=new ImageData(
canvas.width,canvas.height);const shades=shadesOf(ink);for(let i=0;i<rows*columns;i++){const[left,top]=[i%columns*width,
Math.floor(i/columns)*height];paint(scratch,left,top,source,start+i*valuesIn(imageShape),imageShape,shades)}context2d(canvas).
putImageData(scratch,0,0);return canvas}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||
1)*zoomOf(on);fit(canvas,[Math.round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(
canvas);context.setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=
false;context.font="12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[x,y],radius,{
fill,stroke,width=1}){context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}
if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a),relu:a=>Math.max(a,0),softplus:a=>Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))};
var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){if(!Object.
hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}function decode({layers,activation,mean},z){let input=Float32Array.from(z);layers.forEach(({rows,columns,weight,
bias,out},index)=>{const f=index<layers.length-1?activation:mean;for(let row=0,w=0;row<rows;row++){let sum=0;for(let column=0;column<
columns;column++)sum+=weight[w++]*input[column];out[row]=f(sum+bias[row])}input=out});return Float32Array.from(input)}var TAIL=49;function jointOnLine({first,spacing,f,noise},x){const constant=-Math.log(2*Math.PI)-Math.log(noise);const logJoint=Float64Array.
from(f,(mean,i)=>{const z=first+spacing*i;return constant-.5*((x-mean)/noise)**2-.5*z*z});return{logJoint,logMarginal:logSumExp(
logJoint)+Math.log(spacing)}}function boundOnLine({first,spacing},joint,loc,scale){const logQ=Float64Array.from(joint.logJoint,
(_,i)=>-.5*((first+spacing*i-loc)/scale)**2);const mass=logSumExp(logQ)+Math.log(spacing);let elbo=0;let kl=0;for(let i=0;i<
logQ.length;i++){const log=logQ[i]-mass;const q=Math.exp(log)*spacing;if(q===0)continue;elbo+=q*(joint.logJoint[i]-log);
kl+=q*(log-(joint.logJoint[i]-joint.logMarginal))}return{elbo,kl}}function logMarginalOnSquare({spacing,peak},logJoint){
let sum=0;for(const value of logJoint)sum+=Math.exp(value);return peak+Math.log(sum)+2*Math.log(spacing)}var extents=([,
,s1,s2,angle])=>[Math.hypot(s1*Math.cos(angle),s2*Math.sin(angle)),Math.hypot(s1*Math.sin(angle),s2*Math.cos(angle))];function elboOnSquare({
low,spacing,side,peak},logJoint,q){const[m1,m2,s1,s2,angle]=q;const[cos,sin]=[Math.cos(angle),Math.sin(angle)];const reaches=extents(
q).map(extent=>Math.sqrt(TAIL)*extent);const firsts=reaches.map((reach,k)=>Math.max(0,Math.ceil((q[k]-reach-low[k])/spacing)));
const lasts=reaches.map((reach,k)=>Math.min(side-1,Math.floor((q[k]+reach-low[k])/spacing)));let mass=0;let sum=0;for(let row=firsts[1];row<=
lasts[1];row++){const dy=low[1]+spacing*row-m2;for(let column=firsts[0];column<=lasts[0];column++){const dx=low[0]+spacing*
column-m1;const square=((dx*cos+dy*sin)/s1)**2+((dy*cos-dx*sin)/s2)**2;if(square>TAIL)continue;const weight=Math.exp(-.5*
square);mass+=weight;sum+=weight*(logJoint[row*side+column]+.5*square)}}return peak+sum/mass+Math.log(mass)+2*Math.log(spacing)}
function contour(values,side,level){const parts=[];for(let row=0;row+1<side;row++){for(let column=0;column+1<side;column++){
const at=row*side+column;const corners=[values[at],values[at+1],values[at+side+1],values[at+side]];const crossings=[];corners.
forEach((value,k)=>{const next=corners[(k+1)%4];if(value>level===next>level)return;const t=(level-value)/(next-value);const[
x,y]=[[t,0],[1,t],[1-t,1],[0,1-t]][k];crossings.push(`${(column+x).toFixed(2)} ${(row+y).toFixed(2)}`)});for(let k=0;k+1<
crossings.length;k+=2)parts.push(`M${crossings[k]}L${crossings[k+1]}`)}}return parts.join("")}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
buffer).getUint32(0,true);const header=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,4,length)));let offset=4+
length;const arrays={};for(const[name,type,shape]of header.arrays){const size=shape.reduce((product,side)=>product*side,
1);const array=new TYPES[type](buffer,offset,size);arrays[name]=array;offset+=Math.ceil(array.byteLength/4)*4}return{header,
arrays}}function packBits(bits){const bytes=new Uint8Array(Math.ceil(bits.length/8));bits.forEach((bit,i)=>bytes[i>>3]|=
bit<<7-(i&7));const text=btoa(String.fromCharCode(...bytes));return text.replaceAll("+","-").replaceAll("/","_").replaceAll(
"=","")}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part=>part*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));var GROUND="#0b0b12";var EDGE="#7d7d92";var VEIL="rgba(11, 11, 18, 0.4)";var QUIET_EDGE="#55556a";var MARGIN=.07;function tileBox([
left,top,width,height],rows,columns,number){const[w,h]=[width/columns,height/rows];return[left+number%columns*w,top+Math.
floor(number/columns)*h,w,h]}function drawTiles(context,picture,rows,columns,box,veiled=false){const[width,height]=[picture.
width/columns,picture.height/rows];const boxes=Array.from({length:rows*columns},(_,number)=>tileBox(box,rows,columns,number));
context.fillStyle=GROUND;context.fillRect(...box);boxes.forEach(([left,top,w,h],number)=>{const[x,y]=[MARGIN*w,MARGIN*h];
const[column,row]=[number%columns,Math.floor(number/columns)];context.drawImage(picture,column*width,row*height,width,height,
left+x,top+y,w-2*x,h-2*y)});if(veiled){context.fillStyle=VEIL;context.fillRect(...box)}context.lineWidth=1;context.strokeStyle=
veiled?QUIET_EDGE:EDGE;for(const tile of boxes)context.strokeRect(...tile)}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var coordinates=z=>Array.
from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var shortList=texts=>(texts.length>4?[...texts.slice(0,3),"…"]:texts).map(minus).join(", ");var MARGIN2={left:34,bottom:34,top:6,right:6};var NO_CLASS=255;var LETTERS=14;var FONT="system-ui, Segoe UI, Roboto, Ari\
al, sans-serif";function planeOf(side,[low,high]){const{left,top}=MARGIN2;const length=side-left-MARGIN2.right;return{x:value=>left+
(value-low)/(high-low)*length,y:value=>top+(high-value)/(high-low)*length,latent:(px,py)=>[low+(px-left)/length*(high-low),
high-(py-top)/length*(high-low)],within:(px,py)=>px>=left&&py>=top&&px<=left+length&&py<=top+length,box:[left,top,length,
length]}}function clipped(context,{box},draw){context.save();context.beginPath();context.rect(...box);context.clip();draw();
context.restore()}function drawAxes(context,side,span,titles,colours,backdrop,isLow=false){const plane=planeOf(side,span);
const{x,y,box:[left,top,length]}=plane;if(backdrop){clipped(context,plane,()=>{const{span:[from,to],picture,cells:[rows,
columns]}=backdrop;drawTiles(context,picture,rows,columns,[x(from),y(to),x(to)-x(from),y(from)-y(to)],true);backdrop.cover?.(
plane)})}context.strokeStyle=colours.grid;context.strokeRect(left,top,length,length);context.fillStyle=colours.muted;for(const[
value,text]of ticksOf(span,5)){context.textAlign="center";context.fillText(text,x(value),side-MARGIN2.bottom+14);context.
textAlign="right";context.fillText(text,left-4,y(value)+4)}context.lineWidth=4;context.strokeStyle=colours.surface;context.
textAlign="center";const[across,below]=isLow?[left+length-12,top+length-6]:[left+length/2,side-4];if(isLow)context.strokeText(
titles[0],across,below);context.fillText(titles[0],across,below);context.textAlign="left";context.strokeText(titles[1],left+
5,top+14);context.fillText(titles[1],left+5,top+14);context.lineWidth=1;return plane}function drawPoints(context,{x,y},points,labels,classColours,colour,radius){
for(let i=0;i<points.length/2;i++){const fill=labels[i]===NO_CLASS?colour:classColours[labels[i]%10];circle(context,[x(points[2*
i]),y(points[2*i+1])],radius,{fill})}}function drawMark(context,plane,place,colour,surface,name,letters=LETTERS){const[x,
y]=[plane.x(place[0]),plane.y(place[1])];const radius=8/LETTERS*letters;circle(context,[x,y],radius,{stroke:surface,width:6});
circle(context,[x,y],radius,{stroke:colour,width:3});context.font=`bold ${letters}px ${FONT}`;context.lineWidth=4;context.
strokeStyle=surface;context.strokeText(name,x+12,y+5);context.fillStyle=colour;context.fillText(name,x+12,y+5);context.lineWidth=
1}var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var PlayButton=class{frame=0;constructor(element,advance,begin,stepSeconds){this.element=element;this.advance=advance;this.
begin=begin;this.stepSeconds=stepSeconds;element.onclick=()=>this.press();this.say()}press(){if(this.frame)this.pause();else if(isCalm())
this.step();else this.play()}step(){this.begin();this.advance(this.stepSeconds());this.say()}play(){this.begin();let before=performance.
now();const tick=now=>{const seconds=Math.min(.1,Math.max(0,now-before)/1e3);before=now;this.frame=requestAnimationFrame(
tick);if(isCalm()||this.advance(seconds)===false)this.pause()};this.frame=requestAnimationFrame(tick);this.say()}pause(){
cancelAnimationFrame(this.frame);this.frame=0;this.say()}say(){this.element.textContent=this.frame?"Pause":isCalm()?"Nex\
t step":"Play";this.element.setAttribute("aria-pressed",String(Boolean(this.frame)))}};export{PlayButton,arrowStep,boundOnLine,clamp,clipped,context2d,contextOf,continuousBernoulliMean,contour,coordinates,decode,
decoderOf,drawAxes,drawBytes,drawMark,drawMeans,drawPoints,elboOnSquare,fit,fixed,jointOnLine,logMarginalOnSquare,minus,
mosaic,normalCdf,normalQuantile,packBits,planeOf,rgb,shortList,unpack,valuesIn};
