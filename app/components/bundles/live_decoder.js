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
every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}function whenWanted(cleanups,tell){cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var DRAWN="plane-axes-drawn";var Axes=class{element=null;cleanups=new Cleanups;constructor({onFound,onDrawn}){this.onFound=
onFound;this.onDrawn=onDrawn}find(key){const element=document.querySelector(`.st-key-${key} .plane-axes`);if(!element?.axes)
return false;if(element===this.element)return true;this.release();this.element=element;if(this.onDrawn)this.cleanups.listen(
element,[DRAWN],this.onDrawn);this.onFound?.(element);return true}release(){this.cleanups.run();this.element=null}get drawn(){
return this.element?.axes??null}get box(){return this.drawn?.box??null}get width(){return this.drawn?.width??0}get meta(){
return this.drawn?.meta}get revision(){return this.drawn?.revision}place(event,{outside=false}={}){const{element,box}=this;
if(!element||!box)return null;const[x,y]=placeOn(event,element);const[px,py]=[x-box.left,y-box.top];return outside||px>=
0&&py>=0&&px<=box.width&&py<=box.height?[px,py]:null}values([px,py]){const{spans:[[left,right],[bottom,top]],box:{width,
height}}=this.drawn;return[left+px/width*(right-left),top-py/height*(top-bottom)]}get maps(){const{spans:[[left,right],[
bottom,top]],box:{width,height}}=this.drawn;return{x:value=>(value-left)/(right-left)*width,y:value=>(top-value)/(top-bottom)*
height}}};var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var TAIL_COEFFICIENTS=[-1.26551223,1.00002368,.37409196,.09678418,-.18628806,.27886807,-1.13520398,1.48851587,-.82215223,
.17087277];function normalCdf(z){const t=1/(1+.5*Math.abs(z)*Math.SQRT1_2);const polynomial=TAIL_COEFFICIENTS.reduceRight(
(sum,a)=>sum*t+a,0);const tail=.5*t*Math.exp(-.5*z*z+polynomial);return z>0?1-tail:tail}function normalQuantile(u){const p=clamp(
u,1e-9,1-1e-9);let[low,high]=[-6.5,6.5];for(let i=0;i<50;i++){const middle=(low+high)/2;if(normalCdf(middle)<p)low=middle;else
high=middle}return(low+high)/2}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawMeans(canvas,values,imageShape){const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);
const{data}=image;for(let at=0,from=0;at<data.length;at+=4,from+=parts){if(parts===3)for(let part=0;part<3;part++)data[at+
part]=255*clamp(values[from+part],0,1);else data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}context2d(
canvas).putImageData(image,0,0)}var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a),relu:a=>Math.max(a,0),softplus:a=>Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))};
var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){if(!Object.
hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}function decode({layers,activation,mean},z){let input=Float32Array.from(z);layers.forEach(({rows,columns,weight,
bias,out},index)=>{const f=index<layers.length-1?activation:mean;for(let row=0,w=0;row<rows;row++){let sum=0;for(let column=0;column<
columns;column++)sum+=weight[w++]*input[column];out[row]=f(sum+bias[row])}input=out});return Float32Array.from(input)}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var REST_MS=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS)}rest(){const wait=REST_MS-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}function share(element,name,read,move){element.shared={read,move};element.dataset.shared=name}var minus=text=>text.replace("-","−");var coordinates=z=>Array.from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var shortList=texts=>(texts.length>4?[...texts.slice(0,3),"…"]:texts).map(minus).join(", ");var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var FIRST_MS=1500;var BETWEEN_MS=40;var ROUND_MS=16e3;var REACH=1.7;var TOUCHES=["pointerdown","keydown","wheel","focusi\
n"];var Invitation=class{timer=0;frame=0;home=null;isOver=false;constructor(cleanups,acts){this.acts=acts;cleanups.listen(
document,TOUCHES,()=>this.stop(),true);cleanups.add(()=>this.stop())}start(home){if(this.isOver||isCalm())return;this.timer=
setTimeout(()=>{this.home=home;this.acts.begin();this.wander(performance.now(),0)},FIRST_MS)}wander(began,moved){this.frame=
requestAnimationFrame(now=>{const{home}=this;if(!home)return;if(isCalm())return this.stop();if(now-moved<BETWEEN_MS)return this.
wander(began,moved);const turn=2*Math.PI*(now-began)/ROUND_MS;const way=[Math.sin(2*turn),Math.sin(3*turn)];this.acts.move(
home.map((value,k)=>Math.round(100*(value+REACH*way[k]))/100+0));this.wander(began,now)})}stop(){this.isOver=true;clearTimeout(
this.timer);cancelAnimationFrame(this.frame);const{home}=this;if(!home)return;this.home=null;this.acts.move(home);this.acts.
end()}};var REACH2=.06;var SEEN=.2;function nearHere(chart,[x,y]){if(y===void 0)return"";const canvas=chart.element?.querySelector(
"canvas[data-role=points]");if(!chart.box||!canvas?.overlay?.around)return"";const{maps}=chart;const counts=canvas.overlay.
around(maps.x(x),maps.y(y),REACH2*chart.box.width);if(!counts)return"";const total=[...counts.values()].reduce((sum,count)=>sum+
count,0);const names=[...counts].filter(([,count])=>count>=SEEN*total).sort(([,first],[,second])=>second-first).map(([name])=>name);
if(!names.length)return total?"\ndots of many classes near here":"\nno dots near here";const last=names.length>1?` and ${names.
at(-1)}`:names[0];return`
dots near here: ${names.slice(0,-1).join(", ")}${last}`}var axisPlane=latentDim=>({coordinates:"latent",basis:identityRows(latentDim),rest:null});var identityRows=size=>[0,1].slice(
0,size).map(row=>Array.from({length:size},(_,column)=>Number(row===column)));var positionOn=({basis},z)=>basis.map(direction=>direction.
reduce((sum,u,i)=>sum+u*z[i],0));function pointOn({basis,rest},position,latentDim){const z=rest?Array.from(rest):new Array(
latentDim).fill(0);basis.forEach((direction,k)=>direction.forEach((u,i)=>z[i]+=u*position[k]));return z}function drawTile(canvas,plot,values){
const points=plot?.querySelector("canvas[data-role=points]");const tile=values.length>1&&points?.overlay?.tile?.(values);
if(tile)context2d(canvas).drawImage(tile.picture,...tile.box,0,0,canvas.width,canvas.height);return Boolean(tile)}var isName=({
target})=>target instanceof Element&&target.closest(".plane-name")!==null;var PATIENCE_MS=300;var Weights=class{timer=0;constructor(words,cleanups){this.words=words;cleanups.add(()=>clearTimeout(
this.timer))}async fetch({address,size}){clearTimeout(this.timer);this.words.hidden=true;this.timer=setTimeout(()=>this.
words.hidden=false,PATIENCE_MS);const{timer}=this;const isNewest=()=>this.timer===timer;try{const answer=await fetch(address);
if(!answer.ok||!answer.body)throw new Error(`no decoder at ${address}: ${answer.status}`);const bytes=new Uint8Array(size);
let count=0;for(const reader=answer.body.getReader();;){const{value,done}=await reader.read();if(done)break;bytes.set(value,
count);count+=value.length;if(isNewest())this.words.textContent=`Loading the decoder: ${megabytes(count)} of ${megabytes(
size)} MB`}if(count<size)throw new Error(`the decoder at ${address} ends after ${count} of ${size} bytes`);if(isNewest())
this.stop();return unpack(bytes)}catch{if(isNewest())this.fail();return null}}stop(){clearTimeout(this.timer);this.words.
hidden=true}fail(){this.stop();this.words.textContent="The decoder could not be loaded. Reload the page to try again.";this.
words.hidden=false}};var megabytes=bytes=>(bytes/1e6).toFixed(1);var DOTS="plane-dots";var REST_MS2=1e3;var TAP_PIXELS=8;var BETWEEN_MS2=4;var LiveDecoder=class extends Component{model=null;drawnModel=null;drawnAt=0;z=[];wanted=null;pending=false;started=false;place="";report="";reportedPin=false;restTimer=0;isPinned=false;isLinkRead=false;down=null;isInviting=false;constructor(root){
super(root);this.canvas=root.querySelector("canvas");this.caption=root.querySelector("output").appendChild(new Text);this.
narrator=new Narrator(this.cleanups,root);this.weights=new Weights(root.querySelector("[data-role=loading]"),this.cleanups);
this.canvas.onkeydown=event=>this.onKey(event);this.pictures=[this.canvas];this.cursor=document.createElement("div");this.
cursor.className="plane-cursor";this.invitation=new Invitation(this.cleanups,{begin:()=>this.invite(true),move:position=>this.
moveTo(this.pointAt(position)),end:()=>this.invite(false)});this.chart=new Axes({onFound:plot=>this.listen(plot),onDrawn:()=>{
this.followPlane();this.placeCursor()}});share(this.canvas,"z",()=>this.z,z=>{this.invitation.stop();this.moveTo(z)});this.
cleanups.watchPage(()=>this.attach());const isOurs=target=>Boolean(this.chart.element?.contains(target))||target===this.
canvas;this.elsewhere=new Elsewhere(this.cleanups,isOurs,()=>clearTimeout(this.restTimer));this.cleanups.listen(document,
["keydown"],event=>event.key==="Escape"&&!isWindowOpen()&&this.pin(false),true);this.cleanups.listen(window,["popstate"],
()=>this.followLink());whenWanted(this.cleanups,params=>this.tellLink(params))}async load({header,arrays:{first}}){const{
model:present}=this;if(present&&present.header.address===header.address)return this.show(present);const model={header,decoder:null,
first};this.show(model);const weights=await this.weights.fetch(header);if(!weights||this.model!==model)return;const isMoved=this.
wanted!==null;this.show({header,decoder:decoderOf(weights.header,weights.arrays),first});if(isMoved)this.rest();else if(this.
isInviting)this.invitation.start(this.position(this.z))}show(model){const isSame=this.model?.header.id===model.header.id;
this.model=model;fit(this.canvas,model.header.image_shape);if(isSame||this.isPinned&&this.z.length===this.latentDim)this.
moveTo(this.wanted??this.z);else{this.started=this.isPinned=false;this.moveTo(new Array(model.header.latent_dim).fill(0))}
this.attach()}attach(){if(!this.model||!this.chart.find(this.model.header.chart))return;this.followPlane();if(!this.cursor.
isConnected)this.chart.element?.appendChild(this.cursor);this.placeCursor()}listen(plot){const{cleanups}=this.chart;const onEarly=event=>performance.
now()-this.drawnAt>BETWEEN_MS2&&this.onPointer(event);cleanups.listen(plot,[DOTS],()=>this.draw());cleanups.listen(plot,
["pointerrawupdate"],onEarly,true);cleanups.listen(plot,["pointermove","pointerdown","pointerup"],event=>this.onPointer(
event),true);cleanups.listen(plot,["pointerdown"],event=>this.down=isName(event)?null:this.chart.place(event),true);cleanups.
listen(window,["pointerup"],event=>this.onRelease(event),true);cleanups.listen(window,["pointercancel"],()=>this.down=null,
true)}onRelease(event){const[down,up]=[this.down,this.chart.place(event)];this.down=null;if(!down||!up||Math.hypot(up[0]-
down[0],up[1]-down[1])>TAP_PIXELS)return;this.pin(!this.isPinned);this.onPointer(event)}pin(isPinned){if(this.isPinned===
isPinned)return;this.isPinned=isPinned;this.draw();this.report="";this.rest(0)}invite(isInviting){this.cursor.classList.
toggle("inviting",isInviting)}get latentDim(){return this.model?.header.latent_dim??0}plane(){const{meta}=this.chart;if(meta?.
basis?.[0]?.length===this.latentDim)return meta;return axisPlane(this.latentDim)}followPlane(){const{basis,rest,start,pinned}=this.
plane();const place=JSON.stringify([basis,rest]);if(this.started&&this.place===place)return;const isFirst=!this.isLinkRead;
this.started=this.isLinkRead=true;this.place=place;if(this.isPinned)return;this.moveTo(start??this.pointAt(this.position(
this.z)));if(!isFirst)return;this.isPinned=this.reportedPin=Boolean(start&&pinned);this.isInviting=!start;if(this.isInviting&&
this.model?.decoder)this.invitation.start(this.position(this.z))}followLink(){const z=linkedNumbers("z");this.isPinned=this.
reportedPin=new URLSearchParams(location.search).get("pinned")==="true"&&z.length===this.latentDim;if(!this.model)return;
this.moveTo(z.length===this.latentDim?z:this.pointAt([0,0]));this.draw()}tellLink(params){if(this.restTimer)put(params,"\
z",coordinates(this.z).join());if(this.isPinned!==this.reportedPin)put(params,"pinned",this.isPinned?"true":"")}onPointer(event){
const place=this.isPinned||event.type!=="pointermove"&&isName(event)?null:this.chart.place(event);if(!place)return;this.
invitation.stop();const values=this.chart.values(place);const isProbability=this.plane().coordinates==="probability";this.
moveTo(this.pointAt(isProbability?values.map(normalQuantile):values));this.rest()}position(z){return positionOn(this.plane(),
z)}valuesAt(z){const position=this.position(z);return this.plane().coordinates==="probability"?position.map(normalCdf):position}pointAt(position){
return pointOn(this.plane(),position,this.latentDim)}moveTo(z){this.wanted=this.canDraw(z)?null:z;if(this.wanted)return this.
preview(z);if(this.drawnModel===this.model&&z.every((value,i)=>value===this.z[i]))return;this.z=z;if(this.pending)return;
this.pending=true;queueMicrotask(()=>{this.pending=false;this.draw()})}canDraw(z){const{model}=this;return Boolean(model&&
(model.decoder||z.every((value,i)=>value===model.header.z[i])))}preview(z){this.placeCursor(z);if(drawTile(this.canvas,this.
chart.element,this.valuesAt(z)))this.caption.data=`z = (${shortList(coordinates(z))}), the nearest picture of the map`}draw(){
if(!this.model||!this.canDraw(this.z))return;const{header,decoder,first}=this.model;const pixels=decoder?decode(decoder,
this.z):first;drawMeans(this.canvas,pixels,header.image_shape);this.drawnModel=this.model;this.drawnAt=performance.now();
this.canvas.pixels=pixels.subarray(0,valuesIn(header.image_shape));this.canvas.latent=this.z;const texts=coordinates(this.
z);this.canvas.dataset.z=texts.join(",");this.caption.data=`z = (${shortList(texts)})${this.isPinned?", pinned":""}${this.
latentDim>2?"":nearHere(this.chart,this.valuesAt(this.z))}`;this.narrator.tell(this.caption.data,this.pictures);for(const[
name,value]of Object.entries({pinned:this.isPinned,ready:decoder!==null})){if(this.canvas.dataset[name]!==String(value))
this.canvas.dataset[name]=String(value)}this.cursor.classList.toggle("pinned",this.isPinned);this.placeCursor()}placeCursor(z=this.
z){const{box}=this.chart;if(!box)return;const{x,y}=this.chart.maps;const[a,b]=this.valuesAt(z);const[px,py]=[x(a),b===void 0?
box.height/2:y(b)];const isInside=px>=0&&py>=0&&px<=box.width&&py<=box.height;this.cursor.style.display=isInside?"block":
"none";this.cursor.style.transform=`translate(${px+box.left}px, ${py+box.top}px)`}onKey(event){if(event.key==="Enter"||event.
key===" "){event.preventDefault();if(!event.repeat)this.pin(!this.isPinned);return}const step=arrowStep(event);if(!step)
return;event.preventDefault();const size=event.shiftKey?.5:.1;this.moveTo(this.pointAt(this.position(this.wanted??this.z).
map((value,k)=>value+step[k]*size)));this.rest()}rest(after=REST_MS2){clearTimeout(this.restTimer);this.restTimer=setTimeout(
()=>{this.restTimer=0;if(!this.canvas.isConnected||!this.model?.decoder)return;const z=Array.from(this.z);if(this.report===
z.join())return;this.report=z.join();this.component.setStateValue("z",z);if(this.reportedPin!==this.isPinned)this.component.
setStateValue("pinned",this.isPinned);this.reportedPin=this.isPinned},Math.max(after,this.elsewhere.wait))}destroy(){super.
destroy();this.model=null;clearTimeout(this.restTimer);this.chart.release();this.cursor.remove()}};var isWindowOpen=()=>document.
querySelector("[role=dialog], [role=listbox], [data-testid=stPopoverBody], .link-panel")!==null;var live_decoder_default=mounting(
".live-decoder",LiveDecoder);export{live_decoder_default as default};
