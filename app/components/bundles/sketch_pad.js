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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var WANTED="link-wanted";var REST_MS=400;var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(
location.search).get(key)??"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part=>part.trim()?Number(
part):NaN);return numbers.every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}var LinkedState=class{timer=0;text="";path=location.
pathname;constructor(cleanups,key,restore){this.key=key;cleanups.listen(window,["popstate"],()=>{clearTimeout(this.timer);
restore()});whenWanted(cleanups,params=>this.timer&&put(params,key,this.text));cleanups.add(()=>this.forget())}get numbers(){
return linkedNumbers(this.key)}keep(text){clearTimeout(this.timer);this.text=text;this.timer=window.setTimeout(()=>this.
write(),REST_MS)}forget(){clearTimeout(this.timer);this.text="";this.write()}write(){this.timer=0;if(location.pathname!==
this.path)return;const address=new URL(location.href);if((address.searchParams.get(this.key)??"")===this.text)return;put(
address.searchParams,this.key,this.text);history.replaceState({own:true},"",address)}};function whenWanted(cleanups,tell){
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));function logSumExp(values){let most=-Infinity;for(let i=0;i<
values.length;i++)if(values[i]>most)most=values[i];let sum=0;for(let i=0;i<values.length;i++)sum+=Math.exp(values[i]-most);
return most+Math.log(sum)}function niceStep(rough){const power=10**Math.floor(Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=
rough)}var zoomOf=element2=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element2.currentCSSZoom??1:1;var rgb=hex=>[1,3,5].map(i=>parseInt(hex.slice(i,i+2),16));var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.
round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.
setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font=
"12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){
context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;
context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){context.beginPath();
for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var BY_HAND="\
by-hand";function focusByHand(target){if(!target)return;target.classList.add(BY_HAND);target.focus({preventScroll:true});
const show=()=>{target.classList.remove(BY_HAND);for(const kind of["keydown","blur"])target.removeEventListener(kind,show)};
for(const kind of["keydown","blur"])target.addEventListener(kind,show)}var HandCanvas=class extends Component{pointer=null;key={at:[.5,.5],isDown:false,isVisible:false};constructor(root){super(
root);this.canvas=root.querySelector("canvas");this.output=root.querySelector("output");const buttons=root.querySelectorAll(
"[data-do]");this.buttons=Object.fromEntries([...buttons].map(button=>[button.dataset.do,button]));this.canvas.onpointerdown=
event=>this.onDown(event);this.canvas.onpointermove=event=>this.onMove(event);this.canvas.onpointerup=this.canvas.onpointercancel=
event=>this.onUp(event);this.canvas.onkeydown=event=>this.onKey(event);this.canvas.onblur=()=>this.lift(false);this.buttons.
undo.onclick=()=>this.revise(()=>this.undo());this.buttons.clear.onclick=()=>this.revise(()=>this.clear())}place(_event){
throw new Error("place: to be written by the pad or the brush")}stepped(_at,_step,_far){throw new Error("stepped: to be \
written by the pad or the brush")}begin(_at){}go(_at){}hover(_at){}undo(){}clear(){}draw(){}changed(){}onDown(event){if(this.
pointer!==null||event.button!==0)return;event.preventDefault();focusByHand(this.canvas);this.lift(false);this.key.isVisible=
false;this.pointer=event.pointerId;this.canvas.setPointerCapture(event.pointerId);this.begin(this.place(event));this.hover(
this.place(event))}onMove(event){if(this.pointer!==null&&event.pointerId!==this.pointer)return;const moves=event.getCoalescedEvents?.()??
[];if(this.pointer!==null)for(const move of moves.length?moves:[event])this.go(this.place(move));this.hover(this.place(event))}onUp(event){
if(event.pointerId!==this.pointer)return;this.pointer=null;this.key.at=this.place(event);this.changed()}onKey(event){const step=arrowStep(
event);if(event.key==="Tab"||event.key==="Escape")return this.lift(true);const undo=event.key==="Backspace"||event.key===
"z"&&(event.ctrlKey||event.metaKey);if(!step&&!undo&&event.key!==" "&&event.key!=="Enter")return;event.preventDefault();
event.stopPropagation();if(undo)return this.revise(()=>this.undo());this.key.isVisible=true;if(step){this.key.at=this.stepped(
this.key.at,[step[0],-step[1]],event.shiftKey);if(this.key.isDown)this.go(this.key.at)}else if(this.key.isDown)return this.
lift(true);else{this.key.isDown=true;this.begin(this.key.at)}this.hover(this.key.at)}lift(report){if(!this.key.isDown)return;
this.key.isDown=false;if(report)this.changed();else this.draw()}revise(act){this.key.isDown=false;act()}drawCursor(context,middle,radius,width,lifted){
const isDown=this.key.isDown||this.pointer!==null;circle(context,middle,radius,{stroke:isDown?"#f0a04b":lifted,width})}};function element(tag,properties={}){return Object.assign(document.createElement(tag),properties)}var REST_MS2=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS2)}rest(){const wait=REST_MS2-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}function share(element2,name,read,move){element2.shared={read,move};element2.dataset.shared=name}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var DEPTH=6;var MESH=4;var Scratch=class{density=document.createElement("canvas");tube=document.createElement("canvas");latent=document.
createElement("canvas")};var Picture=class{constructor(context,side,reach,colours,scratch){this.density=scratch.density;
this.tube=scratch.tube;this.context=context;this.side=side;this.reach=reach;this.colours=colours;this.unit=side/(2*reach);
this.place=x=>[(x[0]+reach)*this.unit,(reach-x[1])*this.unit]}drawDensity(logDensity){const cells=Math.round(Math.sqrt(logDensity.
length));const top=logDensity.reduce((most,value)=>Math.max(most,value),-Infinity);const image=new ImageData(cells,cells);
const ink=rgb(this.colours.decoder);logDensity.forEach((value,i)=>{const row=cells-1-Math.floor(i/cells);const at=4*(row*
cells+i%cells);for(let part=0;part<3;part++)image.data[at+part]=ink[part];image.data[at+3]=170*clamp(1+(value-top)/DEPTH,
0,1)**2});fit(this.density,[cells,cells]);context2d(this.density).putImageData(image,0,0);this.context.imageSmoothingEnabled=
true;this.context.drawImage(this.density,0,0,this.side,this.side);this.context.imageSmoothingEnabled=false}drawManifold({
means,scales},latents){const count=means.length/2;const across=latents===1?count:Math.round(Math.sqrt(count));const rows=Array.
from({length:across},(_,i)=>i);const lines=latents===1?[rows]:rows.filter(i=>i%MESH===0).flatMap(i=>[rows.map(k=>across*
i+k),rows.map(k=>across*k+i)]);this.drawTube(means,scales,latents===1?null:across);for(const indices of lines){const places=indices.
map(i=>this.place(means.subarray(2*i,2*i+2)));line(this.context,places,this.colours.decoder,latents===1?2.5:1)}}drawTube(means,scales,across){
const{canvas}=this.context;fit(this.tube,[canvas.height,canvas.width]);const tube=context2d(this.tube);tube.setTransform(
this.context.getTransform());tube.clearRect(0,0,this.side,this.side);tube.fillStyle=this.colours.decoder;const oval=([x,
y,sx,sy])=>{tube.beginPath();tube.ellipse(x,y,Math.max(sx,.5),Math.max(sy,.5),0,0,2*Math.PI);tube.fill()};const at=i=>[...this.
place(means.subarray(2*i,2*i+2)),scales[2*i]*this.unit,scales[2*i+1]*this.unit];const join=(i,k)=>{const[a,b]=[at(i),at(
k)];const steps=clamp(Math.ceil(Math.hypot(a[0]-b[0],a[1]-b[1])/Math.max(2,.5*Math.min(a[2],a[3]))),1,40);for(let step=0;step<
steps;step++)oval(a.map((value,part)=>value+(b[part]-value)*step/steps))};const count=means.length/2;if(across===null)for(let i=0;i+
1<count;i++)join(i,i+1);else this.fillCells(tube,across,at,join);this.context.globalAlpha=.2;this.context.drawImage(this.
tube,0,0,this.side,this.side);this.context.globalAlpha=1}fillCells(tube,across,at,join){for(let row=0;row+1<across;row++){
for(let column=0;column+1<across;column++){const i=row*across+column;tube.beginPath();for(const corner of[i,i+1,i+across+
1,i+across])tube.lineTo(at(corner)[0],at(corner)[1]);tube.fill();const isEdge=row===0||column===0||row+2===across||column+
2===across;if(isEdge||row%2===0&&column%2===0){join(i,i+1);join(i,i+across)}}}for(let k=0;k+1<across;k++){join(across*(across-
1)+k,across*(across-1)+k+1);join(across*(k+1)-1,across*(k+2)-1)}}drawDraws(draws){this.context.fillStyle=this.colours.decoder;
for(let i=0;i<draws.length;i+=2){const[x,y]=this.place(draws.subarray(i,i+2));this.context.fillRect(x-1.5,y-1.5,3,3)}}drawPoints(points){
for(const point of points)circle(this.context,this.place(point),3.2,{fill:this.colours.data,stroke:this.colours.surface,
width:.8})}drawDecoded(means,shares,colour,radius){const most=shares.reduce((a,b)=>Math.max(a,b),0);shares.forEach((share2,i)=>{
if(share2<.01*most)return;this.context.globalAlpha=.15+.6*share2/most;circle(this.context,this.place(means.subarray(2*i,
2*i+2)),radius,{fill:colour})});this.context.globalAlpha=1}drawChosen(x){circle(this.context,this.place(x),8,{stroke:this.
colours.text,width:2})}drawNotice(text){const{context,colours,side}=this;context.textAlign="center";context.fillStyle=colours.
text;context.fillText(text,side/2,side/2-12);context.textAlign="left"}drawFrame(){const{context,colours,side,unit,reach}=this;
context.strokeStyle=colours.grid;context.lineWidth=1;for(let value=-Math.floor(reach);value<=reach;value++){const at=Math.
round((value+reach)*unit)+.5;line(context,[[at,0],[at,side]],colours.grid,value===0?1.5:.6);line(context,[[0,at],[side,at]],
colours.grid,value===0?1.5:.6)}}};var LETTERS="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";var NEAR=.06;var SPRAY={points:4,radius:.14};
var ERASER=.25;var PRESS=.25;var Grid=class{constructor({reach,sides,most}){Object.assign(this,{reach,sides,most});this.
reach=reach;this.sides=sides;this.most=most}point(x){const[column,row]=x.map(value=>Math.min(this.sides-1,Math.max(0,Math.
floor((value/this.reach+1)*.5*this.sides))));return[column,row]}place([column,row]){const at=index=>((index+.5)/this.sides*
2-1)*this.reach;return[at(column),at(row)]}text(points){const letters=n=>LETTERS[n>>12]+LETTERS[n>>6&63]+LETTERS[n&63];return points.
map(([column,row])=>letters(column*this.sides+row)).join("")}points(text){const digits=Array.from(text,letter=>LETTERS.indexOf(
letter));return Array.from({length:digits.length/3},(_,i)=>{const n=digits[3*i]*4096+digits[3*i+1]*64+digits[3*i+2];return[
Math.floor(n/this.sides),n%this.sides]})}};var distance=(a,b)=>Math.hypot(a[0]-b[0],a[1]-b[1]);function applied(grid,points,tool,x,last,random){
if(tool==="erase"){const rest=points.filter(point=>distance(grid.place(point),x)>ERASER);return rest.length<points.length?
rest:null}if(last&&distance(last,x)<NEAR)return null;const count=tool==="spray"?SPRAY.points:1;const fresh=Array.from({length:count},
()=>{if(tool!=="spray")return grid.point(x);const[radius,turn]=[SPRAY.radius*Math.sqrt(-2*Math.log(1-random())),2*Math.PI*
random()];return grid.point([x[0]+radius*Math.cos(turn),x[1]+radius*Math.sin(turn)])});return points.length<grid.most?[...points,
...fresh].slice(0,grid.most):null}function nearest(points,x){let[row,least]=[-1,PRESS];for(let i=0;2*i<points.length;i++){
const away=distance([points[2*i],points[2*i+1]],x);if(away<least)[row,least]=[i,away]}return row}function posteriorShares(arrays,latents,x){
const logs=jointLogs(arrays,latents,x);const total=logSumExp(logs);return logs.map(value=>Math.exp(value-total))}function logMarginal(arrays,latents,x){
const spacing=arrays.line[2*latents-1]-arrays.line[latents-1];return logSumExp(jointLogs(arrays,latents,x))+latents*(Math.
log(spacing)-.5*Math.log(2*Math.PI))-Math.log(2*Math.PI)}function jointLogs({line:line2,means,scales},latents,x){const logs=new Float64Array(
line2.length/latents);for(let i=0;i<logs.length;i++){for(let k=0;k<latents;k++)logs[i]-=.5*line2[latents*i+k]**2;for(let k=0;k<
2;k++)logs[i]-=.5*((x[k]-means[2*i+k])/scales[2*i+k])**2+Math.log(scales[2*i+k])}return logs}function encoderShares({line:line2,
loc,scale},latents,row){if(!loc)return null;const logs=new Float64Array(line2.length/latents);for(let i=0;i<logs.length;i++)
for(let k=0;k<latents;k++)logs[i]-=.5*((line2[latents*i+k]-loc[latents*row+k])/scale[latents*row+k])**2;const total=logSumExp(
logs);return logs.map(value=>Math.exp(value-total))}var MARGIN={left:44,right:12,top:22,bottom:26};var EARLY=.1;var LEAST_SPAN=.5;function rangeOf(values){const sorted=values.
filter(Number.isFinite).sort((a,b)=>a-b);if(!sorted.length)return[-1,0];const high=sorted[sorted.length-1];const low=Math.
min(sorted[Math.floor(EARLY*sorted.length)],high-LEAST_SPAN);const pad=.06*(high-low);return[low-pad,high+pad]}function finiteRuns(values){
const runs=[];values.forEach((value,i)=>{if(!Number.isFinite(value))return;if(i>0&&Number.isFinite(values[i-1]))runs[runs.
length-1][1]=i+1;else runs.push([i,i+1])});return runs}function drawCurves(context,width,height,moments,usual,colours){const count=moments.
length/3;const column=k=>Array.from({length:count},(_,i)=>moments[3*i+k]);const[steps,bounds,marginals]=[0,1,2].map(column);
const[low,high]=withYardstick(rangeOf([...bounds,...marginals]),usual);const last=Math.max(steps[count-1]??0,100);const[
left,right,top,bottom]=[MARGIN.left,width-MARGIN.right,MARGIN.top,height-MARGIN.bottom];const atStep=step=>left+(right-left)*
step/last;const atNats=nats=>bottom-(bottom-top)*(clamp(nats,low,high)-low)/(high-low);context.textAlign="right";context.
fillStyle=colours.muted;for(const[nats,text]of ticksOf([low,high],4)){line(context,[[left,atNats(nats)],[right,atNats(nats)]],
colours.grid,1);context.fillText(text,left-6,atNats(nats)+4)}context.textAlign="center";for(const[step,text]of ticksOf([
0,last],3))context.fillText(text,clamp(atStep(step),left+4,right-18),bottom+16);if(usual!==null&&usual>low&&usual<high)drawYardstick(
context,left,right,atNats(usual),colours);context.textAlign="left";const path=values=>values.map((value,i)=>[atStep(steps[i]),
atNats(value)]);const runs=finiteRuns(bounds);for(const[start,end]of runs){const[lower,upper]=[bounds,marginals].map(values=>path(
values).slice(start,end));context.beginPath();for(const[x,y]of[...upper,...lower.slice().reverse()])context.lineTo(x,y);
context.globalAlpha=.18;context.fillStyle=colours.encoder;context.fill();context.globalAlpha=1;line(context,lower,colours.
encoder,2)}line(context,path(marginals).filter(([,y])=>Number.isFinite(y)),colours.decoder,2);const names=[["log p(x)",colours.
decoder],...runs.length?[["the bound",colours.encoder]]:[],["nats, by step",colours.muted]];drawNames(context,left,names)}
function withYardstick([low,high],usual){const reach=high-low;if(usual===null||usual<low-reach||usual>high+reach)return[
low,high];return[Math.min(low,usual-.15*reach),Math.max(high,usual+.06*reach)]}function drawYardstick(context,left,right,y,colours){
context.setLineDash([5,4]);line(context,[[left,y],[right,y]],colours.muted,1.5);context.setLineDash([]);context.textAlign=
"right";context.fillStyle=colours.muted;context.fillText("one oval cloud",right,y+13)}function drawNames(context,left,names){
let at=left;for(const[name,colour]of names){context.fillStyle=colour;context.fillText(name,at,14);at+=context.measureText(
name).width+14}}function drawLatentLine(context,width,height,places,curves,colours){const[left,right,top,bottom]=[12,width-
12,MARGIN.top,height-MARGIN.bottom];const spacing=places[1]-places[0];const reach=places[places.length-1];const prior=Float64Array.
from(places,z=>spacing*Math.exp(-.5*z*z)/Math.sqrt(2*Math.PI));const present=[...curves,[prior,colours.prior]].filter(([
shares])=>shares);const most=present.reduce((least,[shares])=>Math.max(least,shares.reduce((a,b)=>Math.max(a,b),0)),0);const at=z=>left+
(z+reach)/(2*reach)*(right-left);axisOfZ(context,left,right,bottom,at,colours);for(const[shares,colour]of present){const dashes=colour===
colours.prior?[3,3]:[];context.setLineDash(dashes);line(context,Array.from(shares,(share2,i)=>[at(places[i]),bottom-(bottom-
top)*share2/most]),colour,2.2)}context.setLineDash([])}function drawLatentPlane(context,width,height,shares,reach,q,colours,scratch){
const across=Math.round(Math.sqrt(shares.length));const side=Math.min(width-24,height-MARGIN.bottom-MARGIN.top);const[left,
top]=[(width-side)/2,MARGIN.top];const most=shares.reduce((a,b)=>Math.max(a,b),0);const image=new ImageData(across,across);
const ink=rgb(colours.latent);shares.forEach((share2,i)=>{const[column,row]=[Math.floor(i/across),across-1-i%across];const pixel=4*
(row*across+column);for(let part=0;part<3;part++)image.data[pixel+part]=ink[part];image.data[pixel+3]=220*Math.sqrt(share2/
most)});fit(scratch,[across,across]);context2d(scratch).putImageData(image,0,0);context.drawImage(scratch,left,top,side,
side);context.strokeStyle=colours.muted;context.lineWidth=1;context.strokeRect(left,top,side,side);const at=z=>left+(z+reach)/
(2*reach)*side;axisOfZ(context,left,left+side,top+side,at,colours);context.fillText("z₂",left-18,top+side/2);if(!q)return;
const unit=side/(2*reach);context.strokeStyle=colours.encoder;context.lineWidth=2;for(const k of[1,2]){context.beginPath();
context.ellipse(at(q.loc[0]),top+side/2-q.loc[1]*unit,k*q.scale[0]*unit,k*q.scale[1]*unit,0,0,2*Math.PI);context.stroke()}}
function axisOfZ(context,left,right,bottom,at,colours){line(context,[[left,bottom],[right,bottom]],colours.muted,1);context.
fillStyle=colours.muted;context.textAlign="center";for(let z=-3;z<=3;z++)context.fillText(fixed(z,0),at(z),bottom+16);context.
textAlign="left"}var TICK=150;var TRY_AGAIN=3e3;var STEPS_BACK=50;var NO_POINTS="No points: draw some. Or choose “Can one number follow a\
 spiral?” above.";var GOES_ON=" The training goes on with them by itself.";var[CURVES,LATENT_LINE,LATENT_PLANE]=[190,150,
240];var SketchPad=class extends HandCanvas{points=[];past=[];lastPlace=null;chosen=null;version="";header=null;arrays={};step=-1;state="";isAsking=false;isOver=false;requestTime=-Infinity;latents=1;doubt="";slower=null;usual=null;scratch=new Scratch;grid=new Grid(
{reach:1,sides:2,most:1});constructor(root){super(root);const find=role=>root.querySelector(`[data-role=${role}]`);this.
parts={curves:find("curves"),latent:find("latent"),status:find("status"),dips:find("dips"),words:find("words"),legend:find(
"legend")};this.buttons.slower.onclick=()=>this.component.setTriggerValue("slower",this.slower);this.narrator=new Narrator(
this.cleanups,null);this.linked=new LinkedState(this.cleanups,"sketch_point",()=>this.restore());share(root,"sketch",()=>this.
chosen??[],([x,y])=>this.choose([x,y]));for(const input of root.querySelectorAll("input"))input.onchange=()=>this.draw();
const timer=setInterval(()=>this.ask(),TICK);this.cleanups.add(()=>clearInterval(timer));this.cleanups.watchSize(root,()=>this.
draw())}get tool(){return this.root.querySelector(".sketch-tools input:checked").value}load({header,arrays}){const isNewRun=header.
address!==this.header?.address;this.grid=new Grid(header);this.header=header;this.state=header.state;if(header.version!==
this.version){this.points=this.grid.points(header.points);this.past=[]}if(!this.version)this.restore();this.version=header.
version;if(isNewRun)this.step=-1;this.isOver=false;if(!this.points.length)this.tell("");if(arrays.means)this.take(header,
arrays);this.draw();this.ask()}restore(){const[x,y]=this.linked.numbers;this.chosen=Number.isFinite(x)&&Number.isFinite(
y)?[x,y]:null;this.draw()}async ask(){const{header}=this;if(document.hidden||this.isAsking||!header?.address||this.isOver)
return;this.isAsking=true;try{const answer=await fetch(`${header.address}?${this.step}`);if(!answer.ok)throw new Error(String(
answer.status));const news=unpack(new Uint8Array(await answer.arrayBuffer()));if(!this.root.isConnected||this.header.address!==
header.address)return;if(news.arrays.means)this.take(news.header,news.arrays);else this.isOver=!header.active;this.tell(
news.header.words);if(news.header.state!==this.header.state)this.outdate(news.header.state)}catch(error){this.outdate(String(
error))}finally{this.isAsking=false}}outdate(state){if(!this.root.isConnected||performance.now()-this.requestTime<TRY_AGAIN)
return;this.requestTime=performance.now();this.component.setTriggerValue("outdated",state)}take(header,arrays){this.step=
header.step;this.latents=header.latents;this.doubt=header.doubt;this.usual=header.usual;if(this.parts.dips.textContent!==
header.dips)this.parts.dips.textContent=header.dips;this.slower=header.slower;this.buttons.slower.hidden=!header.slower;
this.buttons.slower.textContent=`Try the learning rate ${header.slower}`;this.arrays=arrays;if(header.words)this.tell(header.
words);this.canvas.dataset.step=String(header.total_step);this.draw()}tell(words){this.parts.status.textContent=this.points.
length?words:NO_POINTS+(this.header?.state==="running"?GOES_ON:"")}place(event){const box=this.canvas.getBoundingClientRect();
const{reach}=this.grid;return this.inside([(event.clientX-box.left)/box.width*2*reach-reach,reach-(event.clientY-box.top)/
box.height*2*reach])}inside(at){const edge=this.grid.reach*.999;return at.map(value=>clamp(value,-edge,edge))}stepped(at,step,far){
const size=far?.5:.1;return this.inside([at[0]+step[0]*size,at[1]-step[1]*size])}begin(at){this.lastPlace=null;if(this.tool===
"look")return this.choose(at);this.past=[...this.past.slice(-STEPS_BACK),this.points];this.go(at)}go(at){if(this.tool===
"look")return this.choose(at);const points=applied(this.grid,this.points,this.tool,at,this.lastPlace,Math.random);if(!points)
return;this.points=points;this.lastPlace=at;this.draw()}hover(){if(this.key.isVisible)this.draw()}choose(x){const points=this.
arrays.points??new Float32Array;const row=nearest(points,x);this.chosen=row<0?x:[points[2*row],points[2*row+1]];this.linked.
keep(this.chosen.map(value=>value.toFixed(3)).join(","));this.draw()}undo(){const points=this.past.pop();if(!points)return;
this.points=points;this.report()}clear(){this.past=[...this.past.slice(-STEPS_BACK),this.points];this.points=[];if(this.
tool!=="line")this.root.querySelector(".sketch-tools input[value=spray]")?.dispatchEvent(new MouseEvent("click"));this.report()}changed(){
if(this.tool!=="look")this.report()}report(){this.draw();const{length}=this.points;const full=length>=this.grid.most?`, \
and there is no room for more`:"";this.output.textContent=length===0?"the pad is empty":`${length} point${length>1?"s":""}${full}`;
this.component.setStateValue("points",this.grid.text(this.points))}draw(){const{canvas,header,points,arrays,latents}=this;
const side=canvas.clientWidth;if(!header||!side)return;const{colours}=header;const context=contextOf(canvas,side,side);const picture=new Picture(
context,side,this.grid.reach,colours,this.scratch);const layers=points.length?this.layers():{};if(arrays.means&&layers.density)
picture.drawDensity(arrays.log_density);picture.drawFrame();if(arrays.means&&layers.tube)picture.drawManifold(arrays,latents);
if(arrays.means&&layers.draws)picture.drawDraws(arrays.draws);picture.drawPoints(points.map(point=>this.grid.place(point)));
if(!points.length)picture.drawNotice("Draw some points here.");this.drawSide(colours,picture);if(this.key.isVisible)this.
drawCursor(context,picture.place(this.key.at),9,2,colours.latent);this.buttons.undo.disabled=this.past.length===0;this.buttons.
clear.disabled=points.length===0;Object.assign(canvas.dataset,{points:String(points.length),chosen:this.chosen?.join(",")??
""})}layers(){const boxes=this.root.querySelectorAll(".sketch-layers input");return Object.fromEntries([...boxes].map(box=>[
box.name,box.checked]))}drawSide(colours,picture){const{curves,latent,words}=this.parts;const{arrays}=this;const low=zoomOf(
curves)>1?.8:1;curves.hidden=!arrays.moments?.length;curves.style.visibility=this.points.length?"":"hidden";if(arrays.moments?.
length)drawCurves(contextOf(curves,curves.clientWidth,CURVES*low),curves.clientWidth,CURVES*low,arrays.moments,this.usual,
colours);const isChosen=this.chosen!==null&&arrays.points&&this.points.length>0;latent.hidden=!isChosen;if(this.chosen&&
isChosen)this.drawChosen(this.chosen,colours,latent,picture);else{this.parts.legend.textContent="";words.textContent=arrays.
points?"“Look at a point” shows its z here.":""}}drawChosen(at,colours,latent,picture){const[arrays,latents]=[this.arrays,
this.latents];const row=nearest(arrays.points,at);const x=row<0?at:arrays.points.subarray(2*row,2*row+2);const[p,q]=[posteriorShares(
arrays,latents,x),row<0?null:encoderShares(arrays,latents,row)];picture.drawDecoded(arrays.means,p,colours.latent,5);if(q)
picture.drawDecoded(arrays.means,q,colours.encoder,2.5);picture.drawChosen(x);const height=latents===1?LATENT_LINE:LATENT_PLANE;
const context=contextOf(latent,latent.clientWidth,height);if(latents===1)drawLatentLine(context,latent.clientWidth,height,
arrays.line,[[p,colours.latent],[q,colours.encoder]],colours);else{const ellipse=q&&{loc:arrays.loc.subarray(2*row,2*row+
2),scale:arrays.scale.subarray(2*row,2*row+2)};drawLatentPlane(context,latent.clientWidth,height,p,arrays.line[arrays.line.
length-1],ellipse,colours,this.scratch.latent)}this.tellColours(q!==null,colours);drawNames(context,12,[["p(z|x)",colours.
latent],[q?"q(z|x)":"",colours.encoder],latents===1?["p(z)",colours.prior]:["by z₁ and z₂",colours.muted]]);this.tellChosen(
x,row,q!==null)}tellColours(hasEncoder,{latent,encoder}){const parts=[["Violet dots",latent,": where the z that fit this\
 point lead. "],["Orange dots",encoder,": where the z of the encoder lead."]];this.parts.legend.replaceChildren(...parts.
slice(0,hasEncoder?2:1).flatMap(([name,color,words])=>[element("b",{textContent:name,style:`color: ${color}`}),words]))}tellChosen(x,row,hasEncoder){
const{arrays,latents}=this;const place=`x = (${fixed(x[0],2)}, ${fixed(x[1],2)})`;const exact=arrays.log_marginal[row];const gap=hasEncoder?
`, the bound ${fixed(arrays.elbo[row],2)}: a gap of ${fixed(exact-arrays.elbo[row],2)}`:"";const words=row<0?`${place}, \
no blue point: log p(x) is about ${fixed(logMarginal(arrays,latents,x),1)} nats.${arrays.elbo?" Press a blue point to se\
e its bound too.":""}`:`${place}: log p(x) is ${fixed(exact,2)} nats${this.doubt}${gap}.`;this.parts.words.textContent=words;
this.narrator.tell(words,[this.parts.latent])}};var sketch_pad_default=mounting(".sketch-pad",SketchPad);export{sketch_pad_default as default};
