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
max(0,this.until-performance.now())}};var WANTED="link-wanted";var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(location.search).get(key)??
"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part=>part.trim()?Number(part):NaN);return numbers.
every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}function whenWanted(cleanups,tell){cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var TAIL_COEFFICIENTS=[-1.26551223,1.00002368,.37409196,.09678418,-.18628806,.27886807,-1.13520398,1.48851587,-.82215223,
.17087277];function normalCdf(z){const t=1/(1+.5*Math.abs(z)*Math.SQRT1_2);const polynomial=TAIL_COEFFICIENTS.reduceRight(
(sum,a)=>sum*t+a,0);const tail=.5*t*Math.exp(-.5*z*z+polynomial);return z>0?1-tail:tail}function normalQuantile(u){const p=clamp(
u,1e-9,1-1e-9);let[low,high]=[-6.5,6.5];for(let i=0;i<50;i++){const middle=(low+high)/2;if(normalCdf(middle)<p)low=middle;else
high=middle}return(low+high)/2}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawMeans(canvas,values,imageShape){const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);
const{data}=image;for(let at=0,from=0;at<data.length;at+=4,from+=parts){if(parts===3)for(let part=0;part<3;part++)data[at+
part]=255*clamp(values[from+part],0,1);else data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}context2d(
canvas).putImageData(image,0,0)}var PLOTTED=["plotly_afterplot","plotly_relayouting"];var Chart=class{element=null;cleanups=new Cleanups;constructor({onFound,
onPlotted}){this.onFound=onFound;this.onPlotted=onPlotted}find(key){const plot=document.querySelector(`.st-key-${key} .j\
s-plotly-plot`);if(!plot?._fullLayout?.xaxis?.p2d)return false;if(plot===this.element)return true;this.release();this.element=
plot;plot.style.position="relative";const{onPlotted}=this;if(onPlotted){for(const event of PLOTTED){plot.on?.(event,onPlotted);
this.cleanups.add(()=>plot.removeListener?.(event,onPlotted))}}this.onFound?.(plot);return true}release(){this.cleanups.
run();this.element=null}get axes(){const{xaxis,yaxis}=this.element?._fullLayout??{};return xaxis?.d2p&&yaxis?{xaxis,yaxis}:
null}get box(){const axes=this.axes;if(!axes)return null;const{xaxis,yaxis}=axes;return{left:xaxis._offset,top:yaxis._offset,
width:xaxis._length,height:yaxis._length}}get width(){return this.element?._fullLayout?.width??0}place({clientX,clientY},{
outside=false}={}){const{element,box}=this;if(!element||!box)return null;const chart=element.getBoundingClientRect();const[
px,py]=[clientX-chart.left-box.left,clientY-chart.top-box.top];return outside||px>=0&&py>=0&&px<=box.width&&py<=box.height?
[px,py]:null}values([px,py]){const{xaxis,yaxis}=this.axes;return[xaxis.p2d(px),yaxis.p2d(py)]}get maps(){const{xaxis,yaxis}=this.
axes;return{x:value=>xaxis.d2p(value),y:value=>yaxis.d2p(value)}}get meta(){return this.element?.layout?.meta}get revision(){
return this.element?.layout?.uirevision}keepTouches(){const layers=this.element?.querySelectorAll(".draglayer .drag")??[];
for(const layer of layers)layer.style.touchAction="none"}};var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a)};var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){
if(!Object.hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}function decode({layers,activation,mean},z){let input=Float32Array.from(z);layers.forEach(({rows,columns,weight,
bias,out},index)=>{const f=index<layers.length-1?activation:mean;for(let row=0,w=0;row<rows;row++){let sum=0;for(let column=0;column<
columns;column++)sum+=weight[w++]*input[column];out[row]=f(sum+bias[row])}input=out});return Float32Array.from(input)}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var coordinates=z=>Array.from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var shortList=texts=>(texts.length>4?[...texts.
slice(0,3),"…"]:texts).join(", ");var FIRST_MS=1500;var BETWEEN_MS=40;var ROUND_MS=16e3;var REACH=1.7;var TOUCHES=["pointerdown","keydown","wheel","focusi\
n"];var Invitation=class{timer=0;frame=0;home=null;isOver=false;constructor(cleanups,acts){this.acts=acts;cleanups.listen(
document,TOUCHES,()=>this.stop(),true);cleanups.add(()=>this.stop())}start(home){if(this.isOver||matchMedia("(prefers-re\
duced-motion: reduce)").matches)return;this.timer=setTimeout(()=>{this.home=home;this.acts.begin();this.wander(performance.
now(),0)},FIRST_MS)}wander(began,moved){this.frame=requestAnimationFrame(now=>{const{home}=this;if(!home)return;if(now-moved<
BETWEEN_MS)return this.wander(began,moved);const turn=2*Math.PI*(now-began)/ROUND_MS;const way=[Math.sin(2*turn),Math.sin(
3*turn)];this.acts.move(home.map((value,k)=>Math.round(100*(value+REACH*way[k]))/100+0));this.wander(began,now)})}stop(){
this.isOver=true;clearTimeout(this.timer);cancelAnimationFrame(this.frame);const{home}=this;if(!home)return;this.home=null;
this.acts.move(home);this.acts.end()}};var REST_MS=1e3;var TAP_PIXELS=8;var BETWEEN_MS2=4;var LiveDecoder=class extends Component{model=null;drawnModel=null;drawnAt=0;z=[];pending=false;started=false;place="";report="";reportedPin=false;restTimer=0;isPinned=false;isLinkRead=false;down=null;request=null;constructor(root){
super(root);this.canvas=root.querySelector("canvas");this.caption=root.querySelector("output").appendChild(new Text);this.
canvas.onkeydown=event=>this.onKey(event);this.cursor=document.createElement("div");this.cursor.className="plane-cursor";
this.invitation=new Invitation(this.cleanups,{begin:()=>this.invite(true),move:position=>this.moveTo(this.pointAt(position)),
end:()=>this.invite(false)});this.chart=new Chart({onFound:plot=>this.listen(plot),onPlotted:()=>{this.followPlane();this.
placeCursor()}});this.cleanups.watchPage(()=>this.attach());const isOurs=target=>Boolean(this.chart.element?.contains(target))||
target===this.canvas;this.elsewhere=new Elsewhere(this.cleanups,isOurs,()=>clearTimeout(this.restTimer));this.cleanups.listen(
document,["keydown"],event=>event.key==="Escape"&&this.pin(false));this.cleanups.listen(window,["popstate"],()=>this.followLink());
whenWanted(this.cleanups,params=>this.tellLink(params))}async load(data){this.request=data;if(!data.header&&this.model&&
data.address===this.model.header.address)return this.show(this.model);const{header,arrays}=data.header?data:unpack(await fetchBytes(
data.address));if(this.request!==data)return;this.show({header,decoder:decoderOf(header,arrays)})}show(model){const isSame=this.
model?.header.id===model.header.id;this.model=model;fit(this.canvas,model.header.image_shape);if(isSame||this.isPinned&&
this.z.length===this.latentDim)this.moveTo(this.z);else{this.started=this.isPinned=false;this.moveTo(new Array(model.header.
latent_dim).fill(0))}this.attach()}attach(){if(!this.model||!this.chart.find(this.model.header.chart))return;this.followPlane();
this.chart.keepTouches();if(!this.cursor.isConnected)this.chart.element?.appendChild(this.cursor);this.placeCursor()}listen(plot){
const{cleanups}=this.chart;const onEarly=event=>{if(performance.now()-this.drawnAt>BETWEEN_MS2)this.onPointer(event)};cleanups.
listen(plot,["pointerrawupdate"],onEarly,true);cleanups.listen(plot,["pointermove","pointerdown","pointerup"],event=>this.
onPointer(event),true);cleanups.listen(plot,["pointerdown"],event=>this.down=isName(event)?null:this.chart.place(event),
true);cleanups.listen(window,["pointerup"],event=>this.onRelease(event),true);cleanups.listen(window,["pointercancel"],()=>this.
down=null,true)}onRelease(event){const[down,up]=[this.down,this.chart.place(event)];this.down=null;if(!down||!up||Math.hypot(
up[0]-down[0],up[1]-down[1])>TAP_PIXELS)return;this.pin(!this.isPinned);this.onPointer(event)}pin(isPinned){if(this.isPinned===
isPinned)return;this.isPinned=isPinned;this.draw();this.report="";this.rest(0)}invite(isInviting){this.cursor.classList.
toggle("inviting",isInviting);this.caption.parentElement?.setAttribute("aria-live",isInviting?"off":"polite")}get latentDim(){
return this.model?.header.latent_dim??0}plane(){const{meta}=this.chart;if(meta?.basis?.[0]?.length===this.latentDim)return meta;
return{coordinates:"latent",basis:identityRows(this.latentDim),rest:null}}followPlane(){const{basis,rest,start,pinned}=this.
plane();const place=JSON.stringify([basis,rest]);if(this.started&&this.place===place)return;const isFirst=!this.isLinkRead;
this.started=this.isLinkRead=true;this.place=place;if(this.isPinned)return;this.moveTo(start??this.pointAt(this.position(
this.z)));if(!isFirst)return;this.isPinned=this.reportedPin=Boolean(start&&pinned);if(!start)this.invitation.start(this.
position(this.z))}followLink(){const z=linkedNumbers("z");this.isPinned=this.reportedPin=new URLSearchParams(location.search).
get("pinned")==="true"&&z.length===this.latentDim;if(this.model)this.moveTo(z.length===this.latentDim?z:this.pointAt([0,
0]))}tellLink(params){if(this.restTimer)put(params,"z",coordinates(this.z).join());if(this.isPinned!==this.reportedPin)put(
params,"pinned",this.isPinned?"true":"")}onPointer(event){const place=this.isPinned||event.type!=="pointermove"&&isName(
event)?null:this.chart.place(event);if(!place)return;this.invitation.stop();const values=this.chart.values(place);const isProbability=this.
plane().coordinates==="probability";this.moveTo(this.pointAt(isProbability?values.map(normalQuantile):values));this.rest()}position(z){
return this.plane().basis.map(direction=>direction.reduce((sum,u,i)=>sum+u*z[i],0))}pointAt(position){const{basis,rest}=this.
plane();const z=rest?Array.from(rest):new Array(this.latentDim).fill(0);basis.forEach((direction,k)=>direction.forEach((u,i)=>z[i]+=
u*position[k]));return z}moveTo(z){if(this.drawnModel===this.model&&z.every((value,i)=>value===this.z[i]))return;this.z=
z;if(this.pending)return;this.pending=true;queueMicrotask(()=>{this.pending=false;this.draw()})}draw(){if(!this.model)return;
const{header,decoder}=this.model;const pixels=decode(decoder,this.z);drawMeans(this.canvas,pixels,header.image_shape);this.
drawnModel=this.model;this.drawnAt=performance.now();this.canvas.pixels=pixels.subarray(0,valuesIn(header.image_shape));
this.canvas.latent=this.z;const texts=coordinates(this.z);this.canvas.dataset.z=texts.join(",");this.caption.data=`z = (${shortList(
texts)})${this.isPinned?", pinned":""}`;this.canvas.dataset.pinned=String(this.isPinned);this.cursor.classList.toggle("p\
inned",this.isPinned);this.placeCursor()}placeCursor(){const{box}=this.chart;if(!box)return;const{x,y}=this.chart.maps;const isProbability=this.
plane().coordinates==="probability";const[a,b]=this.position(this.z).map(value=>isProbability?normalCdf(value):value);const[
px,py]=[x(a),b===void 0?box.height/2:y(b)];const isInside=px>=0&&py>=0&&px<=box.width&&py<=box.height;this.cursor.style.
display=isInside?"block":"none";this.cursor.style.transform=`translate(${px+box.left}px, ${py+box.top}px)`}onKey(event){
if(event.key==="Enter"||event.key===" "){event.preventDefault();if(!event.repeat)this.pin(!this.isPinned);return}const step=arrowStep(
event);if(!step)return;event.preventDefault();const size=event.shiftKey?.5:.1;this.moveTo(this.pointAt(this.position(this.
z).map((value,k)=>value+step[k]*size)));this.rest()}rest(after=REST_MS){clearTimeout(this.restTimer);this.restTimer=setTimeout(
()=>{this.restTimer=0;if(!this.canvas.isConnected)return;const z=Array.from(this.z);if(this.report===z.join())return;this.
report=z.join();this.component.setStateValue("z",z);if(this.reportedPin!==this.isPinned)this.component.setStateValue("pi\
nned",this.isPinned);this.reportedPin=this.isPinned},Math.max(after,this.elsewhere.wait))}destroy(){super.destroy();this.
request=null;clearTimeout(this.restTimer);this.chart.release();this.cursor.remove()}};var isName=({target})=>target instanceof
Element&&target.closest(".plane-name")!==null;async function fetchBytes(address){const answer=await fetch(address);if(!answer.
ok)throw new Error(`no decoder at ${address}: ${answer.status}`);return new Uint8Array(await answer.arrayBuffer())}var identityRows=size=>[
0,1].slice(0,size).map(row=>Array.from({length:size},(_,column)=>Number(row===column)));var live_decoder_default=mounting(
".live-decoder",LiveDecoder);export{live_decoder_default as default};
