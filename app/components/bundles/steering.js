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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var QUIET_MS=2e3;var Elsewhere=class{until=0;constructor(cleanups,isOurs,pressed){
const onPress=event=>{if(isOurs(event.target))return;this.until=performance.now()+QUIET_MS;pressed?.()};cleanups.listen(
document,["pointerdown","keydown"],onPress,true)}get isQuiet(){return performance.now()<this.until}get wait(){return Math.
max(0,this.until-performance.now())}};var WANTED="link-wanted";function whenWanted(cleanups,tell){cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));function niceStep(rough){const power=10**Math.floor(Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=
rough)}var zoomOf=element2=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element2.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
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
if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){
context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.
stroke()}var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a),relu:a=>Math.max(a,0),softplus:a=>Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))};
var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){if(!Object.
hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}var SERIES_BELOW2=.1;var GROUP=5;var sigmoid2=a=>1/(1+Math.exp(-a));var activationSlopes={tanh:(_,out)=>1-out*out,silu:a=>sigmoid2(
a)*(1+a*(1-sigmoid2(a))),relu:a=>a>0?1:0,softplus:sigmoid2};var meanSlopes={sigmoid:(_,out)=>out*(1-out),identity:()=>1,
continuous_bernoulli:continuousBernoulliSlope};function continuousBernoulliSlope(logit){if(Math.abs(logit)>SERIES_BELOW2)
return 1/(logit*logit)-.25/Math.sinh(logit/2)**2;const square=logit*logit;return 1/12-square*(1/240-square/6048)}var TwoWayDecoder=class{constructor(header,arrays){
this.decoder=decoderOf(header,arrays);this.activationSlope=activationSlopes[header.activation];this.meanSlope=meanSlopes[header.
mean];this.slopes=this.decoder.layers.map(({rows})=>new Float32Array(rows));this.turned=this.decoder.layers.map(transposed);
this.dataDim=this.decoder.layers.at(-1).rows;this.latentDim=this.decoder.layers[0].columns}get pixels(){return this.decoder.
layers.at(-1).out}decode(z){const{layers,activation,mean}=this.decoder;let input=Float32Array.from(z);layers.forEach(({rows,
columns,weight,bias,out},index)=>{const[f,slope]=index<layers.length-1?[activation,this.activationSlope]:[mean,this.meanSlope];
const slopes=this.slopes[index];for(let row=0,w=0;row<rows;row++){let sum=bias[row];for(let column=0;column<columns;column++)
sum+=weight[w++]*input[column];out[row]=f(sum);slopes[row]=slope(sum,out[row])}input=out});return input}pullBack(pixelSlopes,count){
const answer=new Float32Array(count*this.latentDim);for(let first=0;first<count;first+=GROUP){const group=Array.from({length:GROUP},
(_,i)=>{const start=(first+i)*this.dataDim;return first+i<count?pixelSlopes.slice(start,start+this.dataDim):new Float32Array(
this.dataDim)});const slopes=this.pullGroup(group);slopes.forEach((row,i)=>first+i<count&&answer.set(row,(first+i)*this.
latentDim))}return answer}pullGroup(group){const{layers}=this.decoder;for(let index=layers.length-1;index>=0;index--){const{
rows,columns}=layers[index];const[slopes,turned]=[this.slopes[index],this.turned[index]];for(const above of group)for(let row=0;row<
rows;row++)above[row]*=slopes[row];const[a,b,c,d,e]=group;const below=group.map(()=>new Float32Array(columns));for(let column=0,
w=0;column<columns;column++){let[sumA,sumB,sumC,sumD,sumE]=[0,0,0,0,0];for(let row=0;row<rows;row++){const weight=turned[w++];
sumA+=weight*a[row];sumB+=weight*b[row];sumC+=weight*c[row];sumD+=weight*d[row];sumE+=weight*e[row]}below[0][column]=sumA;
below[1][column]=sumB;below[2][column]=sumC;below[3][column]=sumD;below[4][column]=sumE}group=below}return group}};function transposed({
rows,columns,weight}){const turned=new Float32Array(weight.length);for(let row=0;row<rows;row++)for(let column=0;column<
columns;column++)turned[column*rows+row]=weight[row*columns+column];return turned}var REST_MS=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS)}rest(){const wait=REST_MS-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}function share(element2,name,read,move){element2.shared={read,move};element2.dataset.shared=name}var SMOOTH=.001;var LEAST_COLOUR=.02;var DEGREES=180/Math.PI;function measure(pixels,imageShape,withSlopes=true){return imageShape.
length===3?measureColour(pixels,imageShape,withSlopes):measureGrey(pixels,imageShape,withSlopes)}function measureGrey(pixels,[
height,width],withSlopes){const count=height*width;const m=Float64Array.from({length:count},(_,at)=>clamp(pixels[at],0,1));
const{mass,uu,uv,vv,du,dv}=momentsOf(m,height,width);const outlineSlopes=withSlopes?new Float64Array(count):null;const outline=outlineOf(
m,height,width,outlineSlopes);const inner=uu-uv*uv/vv;const[stroke,tall,wide]=[2*mass/outline,Math.sqrt(12*vv),Math.sqrt(
12*inner)];const values=Float64Array.of(Math.atan2(-uv,vv)*DEGREES,stroke,tall,wide,mass);const slopes=new Float32Array(
withSlopes?5*count:0);if(!outlineSlopes)return{values,slopes};const ratio=uv/vv;const turn=DEGREES/(1+ratio*ratio)/vv;for(let at=0;at<
count;at++){if(!isInside(pixels[at]))continue;const[u,v]=[du[at%width],dv[at/width|0]];const[ofUu,ofUv,ofVv]=[(u*u-uu+1/
12)/mass,(u*v-uv)/mass,(v*v-vv+1/12)/mass];slopes[at]=turn*(ratio*ofVv-ofUv);slopes[count+at]=2/outline-stroke/outline*outlineSlopes[at];
slopes[2*count+at]=6/tall*ofVv;slopes[3*count+at]=6/wide*(ofUu-2*ratio*ofUv+ratio*ratio*ofVv);slopes[4*count+at]=1}return{
values,slopes}}function measureColour(pixels,[height,width],withSlopes){const count=height*width;const m=new Float64Array(
count);const largest=new Uint8Array(count);const sums=[0,0,0];let squares=0;for(let at=0;at<count;at++){m[at]=-1;for(let part=0;part<
3;part++){const value=clamp(pixels[3*at+part],0,1);sums[part]+=value;if(value>m[at])[m[at],largest[at]]=[value,part]}squares+=
m[at]*m[at]}const{mass,uu,uv,vv,du,dv}=momentsOf(m,height,width);const[across,up]=[sums[0]-.5*(sums[1]+sums[2]),Math.sqrt(
.75)*(sums[1]-sums[2])];const hue=(Math.atan2(up,across)*DEGREES+360)%360;const area=uu*vv-uv*uv;const size=4*Math.sqrt(
Math.sqrt(area));const values=Float64Array.of(Math.hypot(across,up)>LEAST_COLOUR*mass?hue:NaN,100*squares/mass,size);const slopes=new Float32Array(
withSlopes?9*count:0);if(!withSlopes)return{values,slopes};const chroma=across*across+up*up;const turns=[-up,.5*up+Math.
sqrt(.75)*across,.5*up-Math.sqrt(.75)*across].map(turn=>DEGREES*turn/chroma);for(let at=0;at<count;at++){for(let part=0;part<
3;part++)if(isInside(pixels[3*at+part]))slopes[3*at+part]=turns[part];const brightest=3*at+largest[at];if(!isInside(pixels[brightest]))
continue;const[u,v]=[du[at%width],dv[at/width|0]];const[ofUu,ofUv,ofVv]=[(u*u-uu+1/12)/mass,(u*v-uv)/mass,(v*v-vv+1/12)/
mass];slopes[3*count+brightest]=100/mass*(2*m[at]-squares/mass);slopes[6*count+brightest]=size/(4*area)*(uu*ofVv+vv*ofUu-
2*uv*ofUv)}return{values,slopes}}var isInside=value=>value>=0&&value<=1;function momentsOf(m,height,width){const[du,dv]=[
width,height].map(side=>Float64Array.from({length:side},(_,at)=>at-.5*(side-1)));let[mass,a,b]=[0,0,0];for(let row=0,at=0;row<
height;row++){for(let column=0;column<width;column++,at++){mass+=m[at];a+=m[at]*du[column];b+=m[at]*dv[row]}}for(let column=0;column<
width;column++)du[column]-=a/mass;for(let row=0;row<height;row++)dv[row]-=b/mass;let[uu,uv,vv]=[0,0,0];for(let row=0,at=0;row<
height;row++){for(let column=0;column<width;column++,at++){uu+=m[at]*du[column]*du[column];uv+=m[at]*du[column]*dv[row];
vv+=m[at]*dv[row]*dv[row]}}return{mass,uu:uu/mass+1/12,uv:uv/mass,vv:vv/mass+1/12,du,dv}}function outlineOf(m,height,width,slopes){
let outline=0;const value=(row,column)=>row<0||column<0||row>=height||column>=width?0:m[row*width+column];const add=(row,column,slope)=>{
if(slopes&&row>=0&&column>=0&&row<height&&column<width)slopes[row*width+column]+=slope};for(let row=0;row<=height;row++){
for(let column=0;column<=width;column++){const[a,b,c,d]=[value(row-1,column-1),value(row-1,column),value(row,column-1),value(
row,column)];const[across,down]=[.5*(b+d-a-c),.5*(c+d-a-b)];const length=Math.sqrt(across*across+down*down+SMOOTH*SMOOTH);
outline+=length-SMOOTH;const[sum,gap]=[.5*(across+down)/length,.5*(across-down)/length];add(row-1,column-1,-sum);add(row-
1,column,gap);add(row,column-1,-gap);add(row,column,sum)}}return outline}function difference(value,other,turn){const gap=value-other;return turn?gap-turn*Math.round(gap/turn):gap}function solve(matrix,right){
const count=right.length;for(let pivot=0;pivot<count;pivot++){for(let row=pivot+1;row<count;row++){const factor=matrix[row][pivot]/
matrix[pivot][pivot];for(let column=pivot;column<count;column++)matrix[row][column]-=factor*matrix[pivot][column];right[row]-=
factor*right[pivot]}}for(let row=count-1;row>=0;row--){for(let column=row+1;column<count;column++)right[row]-=matrix[row][column]*
right[column];right[row]/=matrix[row][row]}return right}var Steering=class{constructor(decoder,handles,imageShape){this.
decoder=decoder;this.handles=handles;this.imageShape=imageShape}get count(){return this.handles.rows.length}measured(z){
const{values}=measure(this.decoder.decode(z),this.imageShape,false);return this.handles.rows.map(row=>values[row])}step(z,goal,asked){
const{decoder,count,handles}=this;const{method,rows,scale,turns}=handles;if(!count)return z;const{values,slopes}=measure(
decoder.decode(z),this.imageShape);const{dataDim}=decoder;const pixelSlopes=new Float32Array(count*dataDim);rows.forEach(
(row,i)=>pixelSlopes.set(slopes.subarray(row*dataDim,(row+1)*dataDim),i*dataDim));const jacobian=Float64Array.from(decoder.
pullBack(pixelSlopes,count));const units=scale.map((value,i)=>(asked[i]===null?method.held:method.asked)/value);const gaps=now=>now.
map((value,i)=>units[i]*difference(goal[i],value,turns[i]));const missing=gaps(rows.map(row=>values[row]));const gap=Math.
hypot(...missing);units.forEach((unit,i)=>z.forEach((_,j)=>jacobian[i*z.length+j]*=unit));if(!missing.every(Number.isFinite)||
!jacobian.every(Number.isFinite))return z;const along=(a,b)=>{let sum=0;for(let j=0;j<z.length;j++)sum+=jacobian[a*z.length+
j]*jacobian[b*z.length+j];return sum};const square=missing.map((_,a)=>missing.map((_2,b)=>along(a,b)+(a===b?method.damping:
0)));const parts=solve(square,missing);const change=z.map((_,j)=>parts.reduce((sum,part,i)=>sum+part*jacobian[i*z.length+
j],0));const shorter=Math.min(1,method.longest/Math.hypot(...change));for(const part of method.parts){const there=z.map(
(value,j)=>value+part*shorter*change[j]);if(Math.hypot(...gaps(this.measured(there)))<gap)return there}return z}goal(now,asked,part){
return now.map((value,i)=>value+part*difference(asked[i]??value,value,this.handles.turns[i]))}steer(start,asked){const{steps,
settling}=this.handles.method;const now=this.measured(start);let z=start;for(let step=1;step<=steps+settling;step++)z=this.
step(z,this.goal(now,asked,Math.min(1,step/steps)),asked);return z}steerPlainly(start,asked){const{turns,directions}=this.
handles;const now=this.measured(start);const gaps=now.map((value,i)=>difference(asked[i]??value,value,turns[i]));return start.
map((value,j)=>gaps.reduce((sum,gap,i)=>sum+gap*directions[i*start.length+j],value))}};var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var coordinates=z=>Array.
from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var PATIENCE_MS=300;var Weights=class{timer=0;constructor(words,cleanups){this.words=words;cleanups.add(()=>clearTimeout(
this.timer))}async fetch({address,size}){clearTimeout(this.timer);this.words.hidden=true;this.timer=setTimeout(()=>this.
words.hidden=false,PATIENCE_MS);const{timer}=this;const isNewest=()=>this.timer===timer;try{const answer=await fetch(address);
if(!answer.ok||!answer.body)throw new Error(`no decoder at ${address}: ${answer.status}`);const bytes=new Uint8Array(size);
let count=0;for(const reader=answer.body.getReader();;){const{value,done}=await reader.read();if(done)break;bytes.set(value,
count);count+=value.length;if(isNewest())this.words.textContent=`Loading the decoder: ${megabytes(count)} of ${megabytes(
size)} MB`}if(count<size)throw new Error(`the decoder at ${address} ends after ${count} of ${size} bytes`);if(isNewest())
this.stop();return unpack(bytes)}catch{if(isNewest())this.fail();return null}}stop(){clearTimeout(this.timer);this.words.
hidden=true}fail(){this.stop();this.words.textContent="The decoder could not be loaded. Reload the page to try again.";this.
words.hidden=false}};var megabytes=bytes=>(bytes/1e6).toFixed(1);var MARGIN={left:46,right:14,top:26,bottom:36};var LAW_HEIGHT=96;var widthOf=canvas=>canvas.parentElement?.clientWidth??
300;function drawChart(canvas,{name,unit,turn},span,points,here,colours){points=points.map(values2=>unwound(values2,turn));
here=unwound(here,turn);const width=Math.min(widthOf(canvas),420);const height=Math.round(Math.min(.8*width,290));canvas.
style.width=`${width}px`;const context=contextOf(canvas,width,height);const values=[...points.flatMap(([,...measured])=>measured),
...here.slice(1)].filter(Number.isFinite);const[low,high]=[Math.min(span[0],...values),Math.max(span[1],...values)];const room=.04*
(high-low);const x=value=>MARGIN.left+(value-span[0])/(span[1]-span[0])*(width-MARGIN.left-MARGIN.right);const y=value=>height-
MARGIN.bottom-(value-low+room)/(high-low+2*room)*(height-MARGIN.top-MARGIN.bottom);context.fillStyle=colours.text;context.
textAlign="left";context.textBaseline="middle";context.fillText(`measured ${name}, ${unit}`,4,10);for(const[value,text]of ticksOf(
[low,high],5)){line(context,[[MARGIN.left,y(value)],[width-MARGIN.right,y(value)]],colours.grid,1);context.textAlign="ri\
ght";context.fillText(text,MARGIN.left-6,y(value))}context.textAlign="center";for(const[value,text]of ticksOf(span,5))context.
fillText(text,x(value),height-MARGIN.bottom+12);context.fillText("asked for",(MARGIN.left+width-MARGIN.right)/2,height-8);
context.setLineDash([2,4]);line(context,span.map(value=>[x(value),y(value)]),colours.text,1.5);context.setLineDash([6,4]);
line(context,points.map(([asked2,,plain2])=>[x(asked2),y(plain2)]),colours.muted,2);context.setLineDash([]);line(context,
points.map(([asked2,steered2])=>[x(asked2),y(steered2)]),colours.decoder,3);const[asked,steered,plain]=here;const inside=Math.
min(span[1],Math.max(span[0],asked));if(Number.isFinite(plain))circle(context,[x(inside),y(plain)],5,{fill:colours.surface,
stroke:colours.muted,width:2});if(Number.isFinite(steered))circle(context,[x(inside),y(steered)],6,{fill:colours.decoder,
stroke:colours.surface,width:2});legend(context,width,colours)}var unwound=([asked,...measured],turn)=>[asked,...measured.
map(value=>asked+difference(value,asked,turn))];function legend(context,width,colours){context.textAlign="right";context.
fillStyle=colours.muted;context.fillText("plain",width-6,10);context.fillStyle=colours.decoder;context.fillText("steered",
width-44,10)}function drawLaw(canvas,lengths,{latent_dim:size,usual_radius:usual,colours}){const width=Math.min(widthOf(
canvas),420);canvas.style.width=`${width}px`;const context=contextOf(canvas,width,LAW_HEIGHT);const end=Math.max(1.6*usual[2],
...lengths.map(length=>1.05*length));const[bottom,top]=[LAW_HEIGHT-34,20];const x=length=>6+length/end*(width-12);const logLaw=length=>(size-
1)*Math.log(Math.max(length,1e-9))-length**2/2;const peak=logLaw(Math.sqrt(Math.max(size-1,0)));const places=Array.from(
{length:121},(_,i)=>i/120*end);const curve=places.map(length=>[x(length),bottom-(bottom-top)*Math.exp(logLaw(length)-peak)]);
const within=curve.filter((_,i)=>places[i]>=usual[0]&&places[i]<=usual[2]);context.beginPath();for(const[px,py]of[[x(usual[0]),
bottom],...within,[x(usual[2]),bottom]])context.lineTo(px,py);context.fillStyle=colours.prior;context.globalAlpha=.3;context.
fill();context.globalAlpha=1;line(context,curve,colours.prior,2);line(context,[[6,bottom],[width-6,bottom]],colours.grid,
1);context.fillStyle=colours.text;context.textAlign="left";context.textBaseline="middle";context.fillText("|z| under the\
 prior",4,9);context.textAlign="center";for(const[value,text]of ticksOf([0,end],6))context.fillText(text,x(value),bottom+
14);const[steered,plain]=lengths;circle(context,[x(plain),bottom],5,{fill:colours.surface,stroke:colours.muted,width:2});
circle(context,[x(steered),bottom],6,{fill:steered>usual[2]?colours.encoder:colours.decoder,stroke:colours.surface,width:2});
canvas.dataset.radius=fixed(steered,3)}function element(tag,properties={}){return Object.assign(document.createElement(tag),properties)}var PLACES=200;var MOVED=.03;var COLUMNS={asked:"asked",steered:"now",plain:"plain",before:"before"};var HandleRows=class{rows=[];attributes=[];constructor(root,hand){
this.root=root;this.hand=hand}offer(attributes,{low,high}){this.attributes=attributes;const head=element("div",{className:"\
head"});head.append(...[["",""],["",""],...Object.entries(COLUMNS),["",""]].map(([className,textContent])=>element("span",
{textContent,className})));head.ariaHidden="true";this.rows=attributes.map((attribute,i)=>this.rowOf(attribute,i,low[i],
high[i]));const nothing=element("p",{textContent:"Nothing that can be measured differs between this model's images."});this.
root.replaceChildren(...attributes.length?[head,...this.rows.map(({row})=>row)]:[nothing])}rowOf({name,unit,meaning},i,low,high){
const slider=element("input",{type:"range",min:String(low),max:String(high),step:String((high-low)/PLACES),title:meaning});
slider.setAttribute("aria-label",`${name}, ${unit}`);slider.dataset.attribute=name;slider.disabled=true;slider.oninput=()=>this.
hand.ask(i,Number(slider.value));slider.onchange=()=>this.hand.letGo();const free=element("button",{type:"button",textContent:"\
×",title:`Let ${name} stay as it is`});free.setAttribute("aria-label",`let ${name} stay as it is`);free.onclick=()=>{this.
hand.ask(i,null);this.hand.letGo();slider.focus({preventScroll:true})};const row=element("div",{className:"row"});const[
asked,steered,plain,before]=Object.keys(COLUMNS).map(className=>element("span",{className}));row.append(element("span",{
className:"name",textContent:`${name}, ${unit}`,title:meaning}),slider,asked,steered,plain,before,free);return{slider,asked,
steered,plain,before,free,row}}show(asked,steered,plain,before){this.rows.forEach((row,i)=>{const{unit,turn}=this.attributes[i];
const value=asked[i];const number=amount=>Number.isFinite(amount)?fixed(amount,1):"none";const words=amount=>Number.isFinite(
amount)?`${fixed(amount,1)} ${unit}`:"undefined";row.slider.disabled=false;row.slider.value=String(value??steered[i]);row.
row.classList.toggle("asked-for",value!==null);row.free.style.visibility=value===null?"hidden":"visible";row.asked.textContent=
value===null?"":number(value);const change=difference(steered[i],before[i],turn)/(Number(row.slider.max)-Number(row.slider.
min));const arrow=value!==null||!(Math.abs(change)>MOVED)?"":change>0?"↑ ":"↓ ";row.steered.textContent=arrow+number(
steered[i]);row.steered.dataset.value=String(steered[i]);row.plain.textContent=number(plain[i]);row.plain.dataset.value=
String(plain[i]);row.before.textContent=number(before[i]);row.slider.setAttribute("aria-valuetext",value===null?`${words(
steered[i])}, held as far as it can`:`asked for ${words(value)}, measures ${words(steered[i])}`)})}};var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var BY_HAND="\
by-hand";function focusByHand(target){if(!target)return;target.classList.add(BY_HAND);target.focus({preventScroll:true});
const show=()=>{target.classList.remove(BY_HAND);for(const kind of["keydown","blur"])target.removeEventListener(kind,show)};
for(const kind of["keydown","blur"])target.addEventListener(kind,show)}var MOST_TILES=12;var[RIM,TILES]=[.58,.76];var SIDE=270;var Wheel=class{turn=0;amount=0;header=null;tiles=[];constructor(canvas,hand){
this.canvas=canvas;this.hand=hand;canvas.onpointerdown=event=>{if(event.button!==0)return;event.preventDefault();focusByHand(
canvas);canvas.setPointerCapture(event.pointerId);this.point(event)};canvas.onpointermove=event=>canvas.hasPointerCapture(
event.pointerId)&&this.point(event);canvas.onpointerup=canvas.onpointercancel=()=>hand.letGo();canvas.onkeydown=event=>this.
onKey(event)}offer(header,tiles){const{classes,image_shape:shape}=header;this.header=header;this.canvas.hidden=!classes.
length;const isFew=classes.length<=MOST_TILES;this.tiles=isFew?classes.map((_,i)=>mosaic(tiles,i*tiles.length/classes.length,
1,1,shape)):[]}get count(){return this.header?.classes.length??0}point(event){const[x,y]=placeOn(event,this.canvas);const half=this.
side/2;const[right,up]=[x-half,half-y];const amount=Math.hypot(right,up)/(half*RIM);this.hand.turn((Math.atan2(right,up)/
(2*Math.PI)+1)%1,amount<.08?0:clamp(amount,0,1))}onKey(event){const step=arrowStep(event);if(!step&&event.key!=="Escape")
return;event.preventDefault();const size=event.shiftKey?1:.25;const turn=step?Math.round((this.turn*this.count+step[0]*size)*
4)/4/this.count:0;this.hand.turn((turn+1)%1,step?clamp(Math.round((this.amount+.4*step[1]*size)*100)/100,0,1):0);this.hand.
letGo()}get side(){return Math.min(SIDE,this.canvas.parentElement?.clientWidth??SIDE)}show(turn,amount){Object.assign(this,
{turn,amount});Object.assign(this.canvas.dataset,{turn:turn.toFixed(3),amount:amount.toFixed(2)});if(this.count)this.canvas.
setAttribute("aria-description",this.words)}get words(){const{classes}=this.header;const place=this.turn*this.count;const[
first,part]=[Math.floor(place)%this.count,place-Math.floor(place)];const name=part<.13||part>.87?classes[Math.round(place)%
this.count]:`${classes[first]} and ${classes[(first+1)%this.count]}`;return this.amount?`${Math.round(100*this.amount)} \
% of the way to class ${name}`:"the class stays"}draw(){const{canvas,side,header}=this;if(!this.count)return;canvas.style.
width=`${side}px`;const context=contextOf(canvas,side,side);const[half,{colours}]=[side/2,header];const at=(turn,radius)=>[
half+radius*half*Math.sin(2*Math.PI*turn),half-radius*half*Math.cos(2*Math.PI*turn)];circle(context,[half,half],RIM*half,
{stroke:colours.grid,width:2});context.textAlign="center";context.textBaseline="middle";const tile=this.tiles.length?clamp(
2*Math.PI*TILES*half/this.count-6,12,30):0;header.classes.forEach((name,i)=>{const[x,y]=at(i/this.count,TILES);if(tile)context.
drawImage(this.tiles[i],x-tile/2,y-tile/2-7,tile,tile);context.fillStyle=colours.text;context.font=`${i===header.own?"bo\
ld ":""}13px system-ui, Segoe UI, Roboto, Arial, sans-serif`;context.fillText(name.length>9?`${name.slice(0,8)}…`:name,
x,tile?y+tile/2+2:y)});const place=at(this.turn,RIM*this.amount);line(context,[[half,half],place],colours.latent,2);circle(
context,place,9,{fill:colours.latent,stroke:colours.surface,width:2})}};var FRAME_MS=11;var STILL=.001;var MOST_STEPS=40;var REPORT_MS=400;var SteeringBench=class extends Component{header=null;arrays={};steering=null;decoder=null;address="";asked=[];turn=0;amount=0;active=0;base=[];now=[];before=[];z=[];plainZ=[];stepsLeft=0;frame=0;reportTimer=0;sweepTimer=0;sweep={
key:"",points:[]};constructor(root){super(root);const canvas=role=>root.querySelector(`canvas[data-role=${role}]`);this.
begin=canvas("begin");this.steered=canvas("steered");this.plain=canvas("plain");this.chart=canvas("chart");this.law=canvas(
"law");this.hint=root.querySelector("[data-role=hint]");this.output=root.querySelector("output");this.weights=new Weights(
root.querySelector("[data-role=loading]"),this.cleanups);this.narrator=new Narrator(this.cleanups,null);this.rows=new HandleRows(
root.querySelector("[data-role=handles]"),{ask:(row,value)=>this.ask(row,value),letGo:()=>this.settle()});this.wheel=new Wheel(
canvas("wheel"),{turn:(turn,amount)=>this.turnTo(turn,amount),letGo:()=>this.settle()});const reset=root.querySelector("\
[data-do=reset]");reset.onclick=()=>this.reset();this.elsewhere=new Elsewhere(this.cleanups,target=>root.contains(target),
()=>this.reportTimer&&this.reportLater());whenWanted(this.cleanups,params=>this.reportTimer&&this.tellLink(params));this.
cleanups.watchSize(root,()=>this.drawSide());share(root,"steer",()=>this.header?[this.turn,this.amount,...this.asked.flatMap(
value=>[Number(value!==null),value??0])]:[],place=>this.follow(place))}async load({header,arrays}){const isNew=header.id!==
this.header?.id||header.version!==this.header?.version;Object.assign(this,{header,arrays});this.root.style.setProperty("\
--steered",header.colours.decoder);this.root.dataset.plain=String(header.with_plain);this.wheel.offer(header,arrays.tiles);
if(isNew){this.halt();this.asked=header.asked.slice();[this.turn,this.amount]=header.wheel;this.active=Math.max(0,this.asked.
findIndex(value=>value!==null));for(const picture of[this.begin,this.steered,this.plain])fit(picture,header.image_shape);
drawBytes(this.begin,arrays.image,0,header.image_shape);drawMeans(this.steered,arrays.first,header.image_shape);drawMeans(
this.plain,arrays.plain,header.image_shape);this.rows.offer(header.attributes,header.handles);this.hint.hidden=!header.classes.
length}if(this.address!==header.address){this.address=header.address;this.steering=this.decoder=null;this.root.dataset.ready=
"false";const weights=await this.weights.fetch(header);if(!weights||this.address!==header.address||!this.header)return;this.
decoder=new TwoWayDecoder(weights.header,weights.arrays)}else if(!isNew){this.draw();return this.beginSweep()}if(!this.decoder)
return;this.steering=new Steering(this.decoder,{...this.header.handles,directions:this.arrays.directions},this.header.image_shape);
this.before=this.steering.measured(Array.from(this.arrays.start));this.rebase();this.z=this.steering.steer(this.base,this.
asked);this.draw();this.beginSweep();this.root.dataset.ready="true"}rebase(){const{start,codes}=this.arrays;const{classes,
own,latent_dim:size,shed}=this.header;const base=Array.from(start);if(classes.length&&this.amount>0){const place=(this.turn%
1+1)%1*classes.length;const[first,part]=[Math.floor(place)%classes.length,place-Math.floor(place)];const second=(first+1)%
classes.length;base.forEach((_,j)=>{const code=(1-part)*codes[first*size+j]+part*codes[second*size+j];const ownCode=codes[own*
size+j];base[j]+=this.amount*(code-ownCode-shed*(start[j]-ownCode))})}this.base=base;this.now=this.steering?.measured(base)??
[]}ask(row,value){this.asked[row]=value===null?null:rounded(value,2);this.active=row;this.move()}turnTo(turn,amount){const before=this.
base;Object.assign(this,{turn:rounded(turn,3)%1,amount:rounded(amount,2)});this.rebase();this.z=this.z.map((value,j)=>value+
this.base[j]-before[j]);this.move()}reset(){this.asked=this.asked.map(()=>null);this.turn=this.amount=0;this.rebase();this.
settle()}follow([turn,amount,...pairs]){this.asked=this.asked.map((_,i)=>pairs[2*i]?pairs[2*i+1]:null);Object.assign(this,
{turn,amount});if(!this.steering)return;this.rebase();this.z=this.steering.steer(this.base,this.asked);this.draw()}halt(){
cancelAnimationFrame(this.frame);clearTimeout(this.sweepTimer);clearTimeout(this.reportTimer);this.frame=this.reportTimer=
0}move(){if(!this.steering)return;clearTimeout(this.sweepTimer);clearTimeout(this.reportTimer);this.reportTimer=0;this.stepsLeft=
MOST_STEPS;this.frame||=requestAnimationFrame(()=>this.tick())}tick(){this.frame=0;const{steering}=this;if(!steering)return;
const goal=steering.goal(this.now,this.asked,1);for(const until=performance.now()+FRAME_MS;this.stepsLeft>0&&performance.
now()<until;){const z=steering.step(this.z,goal,this.asked);const length=Math.hypot(...z.map((value,j)=>value-this.z[j]));
this.z=z;this.stepsLeft=length<STILL?0:this.stepsLeft-1}this.draw();if(this.stepsLeft>0)this.frame=requestAnimationFrame(
()=>this.tick())}settle(){if(!this.steering)return;this.halt();this.z=this.steering.steer(this.base,this.asked);this.draw();
this.beginSweep();this.reportLater()}reportLater(){clearTimeout(this.reportTimer);this.reportTimer=window.setTimeout(()=>this.
report(),Math.max(REPORT_MS,this.elsewhere.wait))}tellLink(params){const asked=this.asked.flatMap((value,i)=>value===null?
[]:[`${this.header.attributes[i].name.replaceAll(" ","_")}:${value.toFixed(2)}`]);put(params,"steer",asked.join());put(params,
"steer_class",this.amount?`${this.turn.toFixed(3)},${this.amount.toFixed(2)}`:"")}report(){this.reportTimer=0;if(!this.root.
isConnected||!this.header)return;const asked=Object.fromEntries(this.asked.flatMap((value,i)=>value===null?[]:[[this.header.
attributes[i].name,value]]));this.component.setStateValue("view",{asked,wheel:[this.turn,this.amount]})}draw(){const{steering,
header}=this;if(!steering)return;this.plainZ=steering.steerPlainly(this.base,this.asked);const plain=this.show(this.plain,
this.plainZ);const measured=this.show(this.steered,this.z);this.rows.show(this.asked,measured,plain,this.before);this.wheel.
show(this.turn,this.amount);const hint=this.amount?"On the rim, half of what is special to this image stays.":"Pull the \
dot towards a class.";if(this.hint.textContent!==hint)this.hint.textContent=hint;this.root.latent=this.z;this.root.dataset.
z=coordinates(this.z).join();this.measured=measured;this.plainMeasured=plain;this.drawSide();const words=this.words(measured);
if(this.output.textContent!==words)this.output.textContent=words;const[,,far]=header.usual_radius;this.output.classList.
toggle("warns",Math.hypot(...this.z)>far);this.narrator.tell(header.attributes.map(({name,unit},i)=>`${name} ${fixed(measured[i],
1)} ${unit}`).join(", "),[this.steered])}show(canvas,z){const{steering,header}=this;if(!steering)return[];const measured=steering.
measured(z);const pixels=Float32Array.from(steering.decoder.pixels);drawMeans(canvas,pixels,header.image_shape);canvas.pixels=
pixels;canvas.latent=z;return measured}words(measured){const{attributes,usual_radius:[low,,high],with_plain}=this.header;
const length=Math.hypot(...this.z);const isFar=length>high;const law=isFar||with_plain?` |z| is ${fixed(length,2)}. Nine\
 of ten draws from the prior have ${fixed(low,2)} to ${fixed(high,2)}.`:"";if(isFar)return`Do not trust this image: you \
have left what the model has learnt.${law}`;const value=this.asked[this.active];const none=this.asked.some(other=>other!==
null)?"The other sliders keep what you asked for.":this.amount?"No slider is moved: the wheel alone made this picture.":
"Nothing is asked for yet: the picture is the image's own.";if(value===null||value===void 0)return none+law;const{name,unit}=attributes[this.
active];const[asked,is]=[fixed(value,1),fixed(measured[this.active],1)];if(asked===is)return`The image measures ${is} ${unit}\
 of ${name}, as you asked.${law}`;return`You asked for ${asked} ${unit} of ${name}, but the image measures ${is}: with t\
he rest held, it gets no nearer.${law}`}drawSide(){const{header,steering}=this;if(!header||!steering||!this.measured)return;
this.wheel.draw();this.law.hidden=!header.with_plain;this.chart.hidden=!header.with_plain||!header.attributes.length;if(header.
with_plain)drawLaw(this.law,[this.z,this.plainZ].map(z=>Math.hypot(...z)),header);if(this.chart.hidden)return;const i=this.
active;const value=this.asked[i]??this.measured[i];drawChart(this.chart,header.attributes[i],[header.handles.low[i],header.
handles.high[i]],this.sweep.points,[value,this.measured[i],this.plainMeasured?.[i]??NaN],header.colours)}beginSweep(){clearTimeout(
this.sweepTimer);const{steering,header,active,base}=this;if(!steering||!header.attributes.length||!header.with_plain)return;
const others=this.asked.map((value,i)=>i===active?null:value);const key=JSON.stringify([header.id,active,others,base]);if(this.
sweep.key===key)return this.drawSide();const{low,high}=header.handles;const values=header.sweep.map(share2=>low[active]+
share2*(high[active]-low[active]));const sweep=this.sweep={key:"",points:[]};const next=()=>{const value=values[sweep.points.
length];const asked=others.map((other,i)=>i===active?value:other);const ends=[steering.steer(base,asked),steering.steerPlainly(
base,asked)];sweep.points.push([value,...ends.map(z=>steering.measured(z)[active])]);this.drawSide();if(sweep.points.length<
values.length)this.sweepTimer=window.setTimeout(next);else sweep.key=key};this.sweepTimer=window.setTimeout(next)}destroy(){
super.destroy();this.halt();this.header=null}};var rounded=(value,digits)=>Number(value.toFixed(digits));var steering_default=mounting(
".steering",SteeringBench);export{steering_default as default};
