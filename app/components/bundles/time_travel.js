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
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var upperMedian=values=>[...values].sort((a,b)=>a-b)[values.length>>1];function niceStep(rough){const power=10**Math.floor(
Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=rough)}var PlayButton=class{frame=0;constructor(element,advance,begin,stepSeconds){this.element=element;this.advance=advance;this.
begin=begin;this.stepSeconds=stepSeconds;element.onclick=()=>this.press();this.say()}press(){if(this.frame)this.pause();else if(isCalm())
this.step();else this.play()}step(){this.begin();this.advance(this.stepSeconds());this.say()}play(){this.begin();let before=performance.
now();const tick=now=>{const seconds=Math.min(.1,Math.max(0,now-before)/1e3);before=now;this.frame=requestAnimationFrame(
tick);if(isCalm()||this.advance(seconds)===false)this.pause()};this.frame=requestAnimationFrame(tick);this.say()}pause(){
cancelAnimationFrame(this.frame);this.frame=0;this.say()}say(){this.element.textContent=this.frame?"Pause":isCalm()?"Nex\
t step":"Play";this.element.setAttribute("aria-pressed",String(Boolean(this.frame)))}};function share(element,name,read,move){element.shared={read,move};element.dataset.shared=name}var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
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
imageSmoothingEnabled=false;context.font="12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[
x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;
context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){
context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.
stroke()}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part=>part*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));var GROUND="#0b0b12";var EDGE="#7d7d92";var VEIL="rgba(11, 11, 18, 0.4)";var QUIET_EDGE="#55556a";var MARGIN=.07;function tileBox([
left,top,width,height],rows,columns,number){const[w,h]=[width/columns,height/rows];return[left+number%columns*w,top+Math.
floor(number/columns)*h,w,h]}function drawTiles(context,picture,rows,columns,box,veiled=false){const[width,height]=[picture.
width/columns,picture.height/rows];const boxes=Array.from({length:rows*columns},(_,number)=>tileBox(box,rows,columns,number));
context.fillStyle=GROUND;context.fillRect(...box);boxes.forEach(([left,top,w,h],number)=>{const[x,y]=[MARGIN*w,MARGIN*h];
const[column,row]=[number%columns,Math.floor(number/columns)];context.drawImage(picture,column*width,row*height,width,height,
left+x,top+y,w-2*x,h-2*y)});if(veiled){context.fillStyle=VEIL;context.fillRect(...box)}context.lineWidth=1;context.strokeStyle=
veiled?QUIET_EDGE:EDGE;for(const tile of boxes)context.strokeRect(...tile)}var MARGIN2={left:34,bottom:34,top:6,right:6};var NO_CLASS=255;var LETTERS=14;var FONT="system-ui, Segoe UI, Roboto, Ari\
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
i]),y(points[2*i+1])],radius,{fill})}}function nameClasses(context,{x,y,box:[left,top,width,height]},points,rows,names,colours,letters=LETTERS){const places=[];
context.textAlign="center";context.font=`bold ${letters}px ${FONT}`;for(const[kind,name]of names.entries()){const[a,b]=[
0,1].map(axis=>upperMedian(rows[kind].map(row=>points[2*row+axis])));if(a===void 0||b===void 0)continue;const area={left,
top,width,height};const place=freeBox([x(a),y(b)],context.measureText(name).width+4,16,NEARBY,places,area);if(!place)continue;
places.push(place);const[middle,line2]=[place.left+place.width/2,place.top+13];context.lineWidth=4;context.strokeStyle=colours.
surface;context.strokeText(name,middle,line2);context.fillStyle=colours.text;context.fillText(name,middle,line2)}}function rowsOfClasses(labels,count){
const rows=Array.from({length:count},()=>[]);for(let row=0;row<labels.length;row++)rows[labels[row]]?.push(row);return rows}var WIDEST=460;var stepWords=step=>step.toLocaleString("en");function recordAt(about,seen){let number=-1;about.record_seen.
forEach((value,i)=>{if(value<=seen)number=i});return number}function momentOf(about,seen){const times=about.seen.map(value=>Math.
log1p(value+about.offset));const now=Math.log1p(seen)+1e-9;let frame=0;while(frame+1<times.length&&times[frame+1]<=now)frame++;
const share2=frame+1<times.length?clamp((now-times[frame])/(times[frame+1]-times[frame]),0,1):0;return{frame,share:share2<
1e-6?0:share2,before:times[0]>now,after:frame===times.length-1}}var Track=class{mosaics=[];strips={reconstructions:[],samples:[]};originals=void 0;step=0;constructor(about,number,header,arrays){
this.about=about;this.number=number;this.header=header;this.arrays=arrays;this.rows=rowsOfClasses(this.array("labels"),header.
class_names.length);this.note=Object.assign(document.createElement("p"),{className:"time-travel-note"});this.pane=Object.
assign(document.createElement("div"),{className:"time-travel-pane"});this.pane.append(Object.assign(document.createElement(
"strong"),{textContent:about.title}),this.note);this.canvases={};this.captions={};const pictures=about.latent_dim===2?[]:
["pictures"];const samples=about.draws?["samples"]:[];for(const role of["plane",...pictures,...samples,"reconstructions"]){
const canvas=document.createElement("canvas");canvas.dataset.role=role;canvas.setAttribute("role","img");this.canvases[role]=
canvas;this.captions[role]=Object.assign(document.createElement("p"),{className:"time-travel-caption"});this.pane.append(
...role==="plane"?[canvas]:this.parts(role))}}parts(role){return[this.canvases[role],this.captions[role]]}draw(seen){const{
about,canvases}=this;const moment=momentOf(about,seen);const{frame}=moment;this.step=about.steps[frame];this.drawPlane(moment);
if(canvases.pictures)this.drawPictures(frame);if(canvases.samples)this.drawSamples(frame);this.drawReconstructions(frame);
const record=recordAt(about,about.seen[frame]);const measured=record<0||about.record_steps[record]===this.step?"":` (of \
step ${stepWords(about.record_steps[record])})`;const bound=record<0?"":` · test ELBO ${fixed(about.elbo[record],2)} na\
ts${measured}`;const step=stepWords(this.step);let text=`step ${step} of ${stepWords(about.steps.at(-1))}${bound}`;if(moment.
before)text=`not begun, at its branch point · ${text}`;else if(moment.share>0)text=`between steps ${step} and ${stepWords(
about.steps[frame+1])}${bound}`;this.note.textContent=text;return`${about.title}: ${text}`}array(name){return this.arrays[`${name}${this.
number}`]}widthOf(role){const width=Math.min(this.canvases[role].parentElement?.clientWidth??0,WIDEST);this.canvases[role].
style.width=`${width}px`;return width}pictureOf(frame){const{cells:[rows,columns],image_shape:imageShape}=this.about;const start=frame*
rows*columns*valuesIn(imageShape);this.mosaics[frame]??=mosaic(this.array("pictures"),start,rows,columns,imageShape);return this.
mosaics[frame]}pointsAt({frame,share:share2}){const{points:count,steps}=this.about;const means=this.array("means");const next=Math.
min(frame+1,steps.length-1);return Float32Array.from({length:count*2},(_,i)=>{const from=means[2*frame*count+i];return from+
share2*(means[2*next*count+i]-from)})}drawPlane(moment){const{about,header,canvases:{plane:canvas}}=this;const{colours,class_colours:classColours}=header;
const side=this.widthOf("plane");const context=contextOf(canvas,side,side);const backdrop=about.latent_dim===2?{span:about.
picture_span,picture:this.pictureOf(moment.frame),cells:about.cells}:null;const plane=drawAxes(context,side,about.span,about.
titles,colours,backdrop);const points=this.pointsAt(moment);clipped(context,plane,()=>{drawPoints(context,plane,points,this.
array("labels"),classColours,colours.encoder,about.points>600?2:3);nameClasses(context,plane,points,this.rows,header.class_names,
colours)});canvas.points=points;canvas.setAttribute("aria-label",`${about.title}: latent map with ${about.points} encode\
d test images`)}drawPictures(frame){const{about,canvases:{pictures:canvas}}=this;const picture=this.pictureOf(frame);const width=this.
widthOf("pictures");const height=width*picture.height/picture.width;const[rows,columns]=about.cells;drawTiles(contextOf(
canvas,width,height),picture,rows,columns,[0,0,width,height]);canvas.setAttribute("aria-label",`${about.title}: decoded \
pictures`);this.captions.pictures.textContent=`${about.pictures_caption}, step ${stepWords(about.steps[frame])}.`}drawReconstructions(frame){
const{count,image_shape:imageShape,originals}=this.about;if(originals)this.originals??=mosaic(this.array("originals"),0,
1,count,imageShape);const words=`${count} test images and their reconstructions`;const place=originals?"Above x, below i\
ts":"Each image's";const caption=`${place} reconstruction, mean of p(x|z) at the mean of q(z|x)`;this.drawStrip(frame,{role:"\
reconstructions",count,above:this.originals,words,caption})}drawSamples(frame){const{title,draws}=this.about;const words=`${title}\
: ${draws} fixed draws from the prior, decoded`;const caption=`Means of p(x|z) at ${draws} fixed draws from the prior`;this.
drawStrip(frame,{role:"samples",count:draws,words,caption})}drawStrip(frame,{role,count,above,words,caption}){const{about,
canvases:{[role]:canvas}}=this;const full=about.full.filter(number=>number<=frame).at(-1);if(full===void 0)return this.drawNoStrip(
role);const index=about.full.indexOf(full);const start=index*count*valuesIn(about.image_shape);const strip=this.strips[role][index]??=
mosaic(this.array(role),start,1,count,about.image_shape);const width=this.widthOf(role);const height=width*strip.height/
strip.width;const context=contextOf(canvas,width,above?2*height+4:height);if(above)drawTiles(context,above,1,count,[0,0,
width,height]);drawTiles(context,strip,1,count,[0,above?height+4:0,width,height]);canvas.dataset.step=about.steps[full];
const step=stepWords(about.steps[full]);canvas.setAttribute("aria-label",`${words} at step ${step}`);const later=full===
frame?"":", the last frame so far that has weights";this.captions[role].textContent=`${caption}, of step ${step}${later}\
.`}drawNoStrip(role){const{about,canvases:{[role]:canvas}}=this;contextOf(canvas,1,1);canvas.setAttribute("aria-label",`\
no ${role} yet`);canvas.dataset.step="";const name=role.replace(/^./,letter=>letter.toUpperCase());this.captions[role].textContent=
about.full.length?`${name} begin with step ${stepWords(about.steps[about.full[0]])}: frames before it keep no weights.`:
`The frames so far keep no weights, so there are no ${role}.`}};var HEIGHT=300;var WIDEST2=560;var MARGIN3={left:52,right:10,top:30,bottom:40};var LONGEST_NAME=24;var Curve=class{constructor(tracks,ticks,header,goTo){
this.tracks=tracks;this.ticks=ticks;this.colours=header.colours;this.first=Math.min(...ticks.filter(value=>value>0))/2;this.
goTo=goTo;this.canvas=document.createElement("canvas");this.canvas.dataset.role="curve";this.canvas.setAttribute("role",
"img");this.canvas.onpointerdown=event=>{this.canvas.setPointerCapture(event.pointerId);this.onPointer(event)};this.canvas.
onpointermove=event=>event.buttons&&this.onPointer(event);this.pane=Object.assign(document.createElement("div"),{className:"\
time-travel-pane"});const title=Object.assign(document.createElement("strong"),{textContent:"Where on the curve"});const caption={
className:"time-travel-caption",textContent:header.curve_caption};this.pane.append(title,this.canvas,Object.assign(document.
createElement("p"),caption))}place(seen){return Math.log10(Math.max(seen,this.first))}get lines(){const{latent,decoder,encoder}=this.
colours;const isSingle=this.tracks.length===1;return this.tracks.flatMap(track=>{const{title,elbo,recon,kl}=track.about;
const dash=track.number?[6,4]:[];const bound={name:isSingle?"ELBO":title,values:elbo,colour:latent,track,dash,width:2.5};
if(!isSingle)return[bound];const costs=kl.map(value=>-value);return[bound,{name:"reconstruction",values:recon,colour:decoder,
track,dash,width:1.5},{name:"−KL",values:costs,colour:encoder,track,dash,width:1.5}]})}get width(){return Math.min(this.
canvas.parentElement?.clientWidth??0,WIDEST2)}scales(lines){const{left,right,top,bottom}=MARGIN3;const{width}=this;const values=lines.
flatMap(line2=>line2.values);const[least,most]=values.length?[Math.min(...values),Math.max(...values)]:[-1,0];const pad=.05*
(most-least||1);const[low,high]=[least-pad,most+pad];const[from,to]=[this.place(0),this.place(this.ticks.at(-1))];return{
x:seen=>left+(this.place(seen)-from)/(to-from||1)*(width-left-right),y:value=>top+(high-value)/(high-low)*(HEIGHT-top-bottom),
low,high,from,to}}draw(seen){const{lines,width}=this;this.canvas.style.width=`${width}px`;const context=contextOf(this.canvas,
width,HEIGHT);const scales=this.scales(lines);this.drawAxes(context,scales);this.drawLines(context,scales,lines);this.drawMoment(
context,scales,lines,seen);this.canvas.setAttribute("aria-label",`Curve of the test bound, at ${Math.round(seen).toLocaleString(
"en")} images seen`)}drawAxes(context,{x,y,low,high,from,to}){const{left,right,bottom}=MARGIN3;const{width}=this;context.
fillStyle=this.colours.muted;const step=niceStep((high-low)/5);context.textAlign="right";for(let value=Math.ceil(low/step)*
step;value<=high;value+=step){line(context,[[left,y(value)],[width-right,y(value)]],this.colours.grid,1);context.fillText(
minus(String(Number(value.toPrecision(4)))),left-6,y(value)+4)}context.textAlign="center";for(let power=Math.ceil(from);power<=
to;power++){context.fillText((10**power).toLocaleString("en",{notation:"compact"}),x(10**power),HEIGHT-bottom+16)}context.
fillText("training images seen (log) · nats per image",left+(width-left-right)/2,HEIGHT-6)}drawLines(context,{x,y},lines){
let left=MARGIN3.left;context.textAlign="left";for(const{name,values,colour,track,dash,width}of lines){const{record_seen:times,
offset}=track.about;context.setLineDash(dash);line(context,times.map((time,i)=>[x(time+offset),y(values[i])]),colour,width);
line(context,[[left,12],[left+18,12]],colour,width);context.setLineDash([]);context.fillStyle=colour;const short=name.length>
LONGEST_NAME?`${name.slice(0,LONGEST_NAME-1)}…`:name;context.fillText(short,left+22,16);left+=context.measureText(short).
width+34}}drawMoment(context,{x,y},lines,seen){line(context,[[x(seen),MARGIN3.top],[x(seen),HEIGHT-MARGIN3.bottom]],this.
colours.text,1.5);for(const{track,values,colour}of lines){const{offset,record_seen:times}=track.about;if(seen<offset)continue;
const place=[x(Math.min(seen,times.at(-1)+offset)),y(this.valueAt(track,values,seen-offset))];circle(context,place,5,{fill:colour})}}valueAt({
about},values,seen){const i=Math.max(0,recordAt(about,seen));if(i+1>=values.length)return values[i];const place=time=>this.
place(time+about.offset);const[from,to]=[place(about.record_seen[i]),place(about.record_seen[i+1])];const share2=to>from?
clamp((place(seen)-from)/(to-from),0,1):0;return values[i]+share2*(values[i+1]-values[i])}onPointer(event){const{ticks}=this;
const[from,to]=[this.place(0),this.place(ticks.at(-1))];const[px]=placeOn(event,this.canvas);const seen=10**(from+(px-MARGIN3.
left)/(this.width-MARGIN3.left-MARGIN3.right)*(to-from));let i=0;while(i+1<ticks.length&&ticks[i+1]<=seen)i++;const next=ticks[Math.
min(i+1,ticks.length-1)];const gap=Math.log1p(next)-Math.log1p(ticks[i]);const share2=gap?clamp((Math.log1p(Math.max(0,seen))-
Math.log1p(ticks[i]))/gap,0,1):0;this.goTo(i+share2)}};var SECONDS_PER_FRAME=.4;var TimeTravel=class extends Component{header=null;tracks=[];ticks=[];curve=null;t=0;clock=0;isPending=false;constructor(root){
super(root);this.range=root.querySelector("input[type=range]");this.output=root.querySelector("output");this.panes=root.
querySelector(".time-travel-panes");const play=root.querySelector("button[data-role=play]");this.button=new PlayButton(play,
seconds=>this.advance(seconds),()=>this.begin(),()=>SECONDS_PER_FRAME);this.range.oninput=()=>this.goTo(Number(this.range.
value));this.range.onkeydown=event=>this.onKey(event);share(root,"travel",()=>this.header?[this.t]:[],([t])=>this.goTo(t));
this.linked=new LinkedState(this.cleanups,"moment",()=>this.header&&this.goTo(this.linkedMoment));this.cleanups.watchSize(
this.panes,()=>this.draw())}load({header,arrays}){const[isFirst,isSame]=[!this.header,this.header?.id===header.id];const isAtEnd=this.
ticks.length>0&&this.t>=this.last;this.header=header;this.tracks=header.tracks.map((about,number)=>new Track(about,number,
header,arrays));const times=this.tracks.flatMap(({about})=>about.seen.map(seen=>seen+about.offset));this.ticks=[...new Set(
times)].sort((a,b)=>a-b);this.range.max=String(this.last);this.build();if(!isSame||isAtEnd){this.button.pause();this.moveTo(
isFirst?this.linkedMoment:this.last)}else this.moveTo(Math.min(this.t,this.last))}get last(){return this.ticks.length-1}get linkedMoment(){
const[t]=this.linked.numbers;return t>=0&&t<this.last?t:this.last}build(){const{tracks,ticks,header}=this;this.curve=new Curve(
tracks,ticks,header,t=>this.goTo(t));if(tracks.length===1)this.curve.pane.append(...tracks[0].parts("reconstructions"));
this.panes.dataset.tracks=String(tracks.length);this.panes.replaceChildren(...tracks.map(({pane})=>pane),this.curve.pane)}seenAt(t){
const i=Math.min(Math.floor(t),this.last);const next=this.ticks[Math.min(i+1,this.last)];return Math.expm1(Math.log1p(this.
ticks[i])*(1-(t-i))+Math.log1p(next)*(t-i))}goTo(t){this.button.pause();this.moveTo(t)}moveTo(t){this.t=clamp(t,0,this.last);
this.range.value=String(this.t);this.linked.keep(this.t<this.last?String(Number(this.t.toFixed(2))):"");if(this.isPending)
return;this.isPending=true;queueMicrotask(()=>{this.isPending=false;this.draw()})}draw(){if(!this.header||!this.panes.clientWidth)
return;const seen=this.seenAt(this.t);const words=this.tracks.map(track=>track.draw(seen));this.curve?.draw(seen);this.root.
dataset.t=this.t.toFixed(3);this.root.steps=this.tracks.map(({step})=>step);this.root.dataset.steps=this.root.steps.join(
",");this.output.textContent=words[words.length-1];this.range.setAttribute("aria-valuetext",words.join("; "))}onKey(event){
const[before,after]=[Math.ceil(this.t)-1,Math.floor(this.t)+1];const whole={ArrowLeft:before,ArrowDown:before,ArrowRight:after,
ArrowUp:after,Home:0,End:this.last};if(event.key===" ")this.button.element.click();else if(event.key in whole)this.goTo(
whole[event.key]);else return;event.preventDefault()}begin(){if(this.t>=this.last)this.t=0;this.clock=this.t}advance(seconds){
this.clock+=seconds/SECONDS_PER_FRAME;this.moveTo(isCalm()?Math.floor(this.clock):this.clock);return this.clock<this.last}destroy(){
super.destroy();this.button.pause()}};var time_travel_default=mounting(".time-travel",TimeTravel);export{time_travel_default as default};
