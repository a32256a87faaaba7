var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));function logSumExp(values){let most=-Infinity;for(let i=0;i<
values.length;i++)if(values[i]>most)most=values[i];let sum=0;for(let i=0;i<values.length;i++)sum+=Math.exp(values[i]-most);
return most+Math.log(sum)}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var BY_HAND="\
by-hand";function focusByHand(target){if(!target)return;target.classList.add(BY_HAND);target.focus({preventScroll:true});
const show=()=>{target.classList.remove(BY_HAND);for(const kind of["keydown","blur"])target.removeEventListener(kind,show)};
for(const kind of["keydown","blur"])target.addEventListener(kind,show)}var SVG="http://www.w3.org/2000/svg";function element(name,attributes,parent){const node=document.createElementNS(SVG,name);
for(const[key,value]of Object.entries(attributes))node.setAttribute(key,String(value));parent?.append(node);return node}
function label(parent,x,y,content,fill,anchor="start"){const node=element("text",{x,y,fill,"text-anchor":anchor},parent);
node.textContent=content;return node}function handle(parent,name,words,move){const about={class:"handle",tabindex:0,role:"\
slider","aria-label":words,"data-handle":name};const group=element("g",about,parent);group.onkeydown=event=>{const step=arrowStep(
event);if(!step)return;event.preventDefault();const size=event.shiftKey?5:1;move(step[0]*size,step[1]*size)};group.addEventListener(
"touchmove",event=>event.preventDefault(),{passive:false});return group}function grip(group,{cx=0,cy=0,...look},reach){element(
"circle",{cx,cy,r:reach,fill:"transparent"},group);element("circle",{class:"grip",cx,cy,...look,"stroke-width":3},group)}
function placeHandle(group,x,y,value,words){group.setAttribute("transform",`translate(${x.toFixed(1)},${y.toFixed(1)})`);
group.setAttribute("aria-valuenow",value.toFixed(3));group.setAttribute("aria-valuetext",words)}var handleUnder=event=>event.
target.closest("[data-handle]")?.dataset.handle;function drag(event,svg,move,letGo){svg.setPointerCapture(event.pointerId);
svg.onpointermove=move;svg.onpointerup=svg.onpointercancel=()=>{svg.onpointermove=svg.onpointerup=svg.onpointercancel=null;
letGo()};event.preventDefault()}function replaceDrawing(frame,svg){const active=document.activeElement;const focused=frame.
contains(active)&&active?.dataset.handle;const isByHand=active?.classList.contains(BY_HAND);frame.replaceChildren(svg);if(!focused)
return;if(isByHand)focusByHand(handleNamed(frame,focused));else handleNamed(frame,focused)?.focus({preventScroll:true})}
var handleNamed=(frame,name)=>frame.querySelector(`[data-handle=${name}]`);var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var difference=(value,other,digits=3)=>Number(value.toFixed(digits))-Number(other.toFixed(digits));var NARROW=520;var BAND=2;var[LEAST,MOST,TICK]=[-16,.5,4];var density=(z,loc,scale)=>Math.exp(-.5*((z-loc)/scale)**2)/(scale*
Math.sqrt(2*Math.PI));function plotOf({first,spacing,f,xs,reach},width,isLow){const isNarrow=width<NARROW;const axes=(top,height)=>({
left:44,right:width-14,top,bottom:top+height});const upper=axes(22,isLow?76:isNarrow?110:135);const lower=axes(upper.bottom+
34,isLow?110:isNarrow?170:190);const[lowX,highX]=[xs[0]-.1,xs[xs.length-1]+.1];const svg=element("svg",{height:lower.bottom+
38,"aria-label":"q(z), the true posterior and the decoder"});const zs=Array.from(f,(_,i)=>first+spacing*i).filter((z,i)=>Math.
abs(z)<=reach&&i%4===0);return{svg,upper,lower,isNarrow,zs,atZ:z=>lower.left+(z+reach)/(2*reach)*(lower.right-lower.left),
toZ:px=>(px-lower.left)/(lower.right-lower.left)*2*reach-reach,atX:x=>upper.bottom-(x-lowX)/(highX-lowX)*(upper.bottom-upper.
top),toX:py=>lowX+(upper.bottom-py)/(upper.bottom-upper.top)*(highX-lowX),curves:{}}}function drawPlot(plot,{colours,f,first,
spacing,noise}){const{svg,upper,lower,isNarrow,atZ,atX}=plot;const inside=py=>clamp(py,upper.top,upper.bottom);const line=values=>"\
M"+values.map(([z,x])=>`${atZ(z).toFixed(1)},${inside(atX(x)).toFixed(1)}`).join("L");const means=plot.zs.map(z=>[z,f[Math.
round((z-first)/spacing)]]);const band=line([...means.map(([z,x])=>[z,x+BAND*noise]),...means.map(([z,x])=>[z,x-BAND*noise]).
reverse()]);for(let z=-3;z<=3;z++){element("line",{x1:atZ(z),x2:atZ(z),y1:upper.top,y2:lower.bottom,stroke:colours.grid},
svg);label(svg,atZ(z),lower.bottom+17,minus(String(z)),colours.muted,"middle")}label(svg,(lower.left+lower.right)/2,lower.
bottom+34,"latent z",colours.latent,"middle");for(const x of[0,1,2])label(svg,upper.left-8,atX(x)+4,String(x),colours.muted,
"end");element("path",{d:`${band}Z`,fill:colours.decoder,opacity:.16},svg);element("path",{d:line(means),fill:"none",stroke:colours.
decoder,"stroke-width":2.5},svg);const words=isNarrow?"decoder: p(x|z), mean ± 2 s.d.":`decoder: mean of p(x|z) as z go\
es, with ± ${BAND} standard deviations; shaded down to z where x lies in them`;label(svg,upper.left,12,words,colours.decoder);
element("line",{x1:lower.left,x2:lower.right,y1:lower.bottom,y2:lower.bottom,stroke:colours.muted},svg);drawLegend(plot,
colours);const curve=(stroke,more)=>element("path",{fill:"none",stroke,...more},svg);plot.curves={near:curve("none",{fill:colours.
decoder,opacity:.12}),prior:curve(colours.prior,{"stroke-width":1.5,"stroke-dasharray":"2 3"}),area:curve("none",{fill:colours.
latent,opacity:.28}),posterior:curve(colours.latent,{"stroke-width":2}),encoder:curve(colours.encoder,{"stroke-width":1.8,
"stroke-dasharray":"6 4"}),q:curve(colours.encoder,{"stroke-width":3.2})}}function drawLegend({svg,lower,isNarrow},colours){
const y=lower.top-12;const entries=[["your q",colours.encoder,"",3.2],[isNarrow?"encoder's":"the encoder's q(z|x)",colours.
encoder,"6 4",1.8],[isNarrow?"p(z|x)":"true posterior p(z|x)",colours.latent,"",2],[isNarrow?"p(z)":"prior p(z)",colours.
prior,"2 3",1.5]];let left=lower.left;for(const[name,stroke,dash,width]of entries){const line={x1:left,x2:left+20,y1:y-4,
y2:y-4};element("line",{...line,stroke,"stroke-width":width,"stroke-dasharray":dash},svg);label(svg,left+25,y,name,colours.
text);left+=38+name.length*(isNarrow?6.6:7)}}function moveCurves({curves,upper,lower,zs,atZ},{f,first,spacing,noise},joint,x,q,encoder,top){
const atY=p=>lower.bottom-clamp(p/top,0,1.02)*(lower.bottom-lower.top);const shape=p=>"M"+zs.map(z=>`${atZ(z).toFixed(1)}\
,${atY(p(z)).toFixed(1)}`).join("L");const posterior=shape(z=>Math.exp(joint.logJoint[Math.round((z-first)/spacing)]-joint.
logMarginal));curves.posterior.setAttribute("d",posterior);curves.area.setAttribute("d",`${posterior}L${lower.right},${lower.
bottom}L${lower.left},${lower.bottom}Z`);const isNear=z=>Math.abs(f[Math.round((z-first)/spacing)]-x)<BAND*noise;const half=(atZ(
zs[1])-atZ(zs[0]))/2;curves.near.setAttribute("d",zs.filter(isNear).map(z=>`M${(atZ(z)-half).toFixed(1)},${upper.top}h${(2*
half).toFixed(1)}V${lower.bottom}h${(-2*half).toFixed(1)}Z`).join(""));curves.prior.setAttribute("d",shape(z=>density(z,
0,1)));curves.encoder.setAttribute("d",shape(z=>density(z,...encoder)));curves.q.setAttribute("d",shape(z=>density(z,...q)));
return atY}function drawSum(place,colours,{elbo,logMarginal,encoder}){const kl=difference(logMarginal,elbo);const width=place.
clientWidth;const isNarrow=width<NARROW;const y=isNarrow?44:26;const[left,right,end]=[2,width-2,y+28];const at=value=>left+
clamp((value-LEAST)/(MOST-LEAST),0,1)*(right-left);const svg=element("svg",{height:end+46,"aria-label":"ELBO and KL of t\
he toy"});const part=(from,to,fill,opacity)=>element("rect",{y,height:28,x:from,width:Math.max(0,to-from),fill,opacity},
svg);const mark=(value,look)=>element("line",{x1:at(value),x2:at(value),y1:y-6,y2:end+6,...look},svg);drawAxis(svg,at,end,
colours);part(left,at(elbo),colours.latent,.85);part(at(elbo),at(logMarginal),colours.encoder,.55);mark(logMarginal,{stroke:colours.
text,"stroke-width":3});mark(encoder.elbo,{stroke:colours.encoder,"stroke-width":2,"stroke-dasharray":"4 3"});label(svg,
left,14,`ELBO ${fixed(elbo)}${elbo<LEAST?", left of the axis":""}`,colours.latent);if(isNarrow)label(svg,left,34,`+ gap \
KL(q‖p(z|x)) ${fixed(kl)}`,colours.encoder);else label(svg,clamp((at(elbo)+at(logMarginal))/2,left+260,right-270),14,`\
+ gap KL(q‖p(z|x)) ${fixed(kl)}`,colours.encoder,"middle");label(svg,isNarrow?right:Math.min(right,at(logMarginal)+70),
isNarrow?34:14,`= log p(x) ${fixed(logMarginal)}`,colours.text,"end");label(svg,Math.min(at(encoder.elbo),width-90),end+
40,`encoder's ELBO ${fixed(encoder.elbo)}`,colours.encoder,"middle");place.replaceChildren(svg);const words=`log p(x) ${fixed(
logMarginal)} nats is the ELBO ${fixed(elbo)} plus the KL ${fixed(kl)}`;place.setAttribute("aria-label",words)}function drawAxis(svg,at,y,colours){
element("line",{x1:at(LEAST),x2:at(MOST),y1:y,y2:y,stroke:colours.muted},svg);for(let value=LEAST;value<=MOST;value+=TICK){
element("line",{x1:at(value),x2:at(value),y1:y,y2:y+6,stroke:colours.muted},svg);label(svg,at(value),y+20,minus(String(value)),
colours.muted,value===LEAST?"start":"middle")}label(svg,at(LEAST),y+40,"nats; right is better",colours.muted)}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var WANTED="link-wanted";function whenWanted(cleanups,tell){cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var SHIFTS=[.01,.05,.1,.2,.4];var FACTORS=[1.02,1.1,1.25,1.6,2.5];function jointOnLine({first,spacing,f,noise},x){const constant=-Math.
log(2*Math.PI)-Math.log(noise);const logJoint=Float64Array.from(f,(mean,i)=>{const z=first+spacing*i;return constant-.5*
((x-mean)/noise)**2-.5*z*z});return{logJoint,logMarginal:logSumExp(logJoint)+Math.log(spacing)}}function boundOnLine({first,
spacing},joint,loc,scale){const logQ=Float64Array.from(joint.logJoint,(_,i)=>-.5*((first+spacing*i-loc)/scale)**2);const mass=logSumExp(
logQ)+Math.log(spacing);let elbo=0;let kl=0;for(let i=0;i<logQ.length;i++){const log=logQ[i]-mass;const q=Math.exp(log)*
spacing;if(q===0)continue;elbo+=q*(joint.logJoint[i]-log);kl+=q*(log-(joint.logJoint[i]-joint.logMarginal))}return{elbo,
kl}}function hint(elbo,[loc,scale]){const moves=[["Move it left.",SHIFTS.map(shift=>[loc-shift,scale])],["Move it right.",SHIFTS.
map(shift=>[loc+shift,scale])],["Make it narrower.",FACTORS.map(factor=>[loc,scale/factor])],["Make it wider.",FACTORS.map(
factor=>[loc,scale*factor])]];const now=elbo([loc,scale]);let words="No small move helps.";let most=.01;for(const[move,others]of moves){
const gain=Math.max(...others.map(elbo))-now;if(gain>most)[words,most]=[move,gain]}return words}var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var REST_MS=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS)}rest(){const wait=REST_MS-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label2(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label2(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}var zoomOf=element2=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element2.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}function share(element2,name,read,move){element2.shared={read,move};element2.dataset.shared=name}var LONGEST_STEP=.05;var CLIMBS=160;var LEVEL=5e-4;var CLOSE=4;var NEARLY=.05;var REST_MS2=300;var BoundToy=class extends Component{model=null;joint={
logJoint:new Float64Array,logMarginal:0};x=0;row=0;top=1;q=[0,1];told="";frame=0;restTimer=0;plot=null;grips={};constructor(root){
super(root);const part=role=>root.querySelector(`[data-role=${role}]`);this.plotPlace=part("plot");this.sumPlace=part("s\
um");this.output=root.querySelector("output");this.narrator=new Narrator(this.cleanups,root);part("climb").onclick=()=>this.
climb();part("encoder").onclick=()=>this.settle(this.encoder);part("restart").onclick=()=>{this.choose(this.model.start[0]);
this.settle(this.model.start.slice(1))};share(root,"toy",()=>this.model?this.view:[],([x,loc,scale])=>{cancelAnimationFrame(
this.frame);this.choose(x);this.moveTo([loc,scale])});whenWanted(this.cleanups,params=>this.model&&this.view.join()!==this.
told&&put(params,"toy",this.view.map(value=>value.toFixed(4)).join()));this.cleanups.watchSize(this.plotPlace,()=>this.build())}load(model){
const isNew=this.model?.version!==model.version;this.model=model;if(isNew){this.choose(model.view[0]);this.q=model.view.
slice(1);this.told=this.view.join()}this.build()}choose(x){const{xs}=this.model;this.row=xs.reduce((nearest,value,i)=>Math.
abs(value-x)<Math.abs(xs[nearest]-x)?i:nearest,0);this.x=xs[this.row];this.joint=jointOnLine(this.model,this.x);const peak=Math.
max(...this.joint.logJoint)-this.joint.logMarginal;this.top=1.2*Math.max(Math.exp(peak),density(0,0,this.encoder[1]))}get encoder(){
return this.model.encoder[this.row]}bound([loc,scale]){return boundOnLine(this.model,this.joint,loc,scale)}get view(){return[
this.x,...this.q]}moveTo([loc,scale]){const{reach,scales}=this.model;this.q=[clamp(loc,-reach,reach),clamp(scale,scales[0],
scales[1])];this.draw()}settle(q){cancelAnimationFrame(this.frame);this.moveTo(q);this.rest()}rest(){clearTimeout(this.restTimer);
this.restTimer=setTimeout(()=>{this.told=this.view.join();this.component.setStateValue("view",this.view)},REST_MS2)}climb(){
cancelAnimationFrame(this.frame);const isStill=isCalm();let left=CLIMBS;const step=()=>{const[loc,scale]=this.q;const h=.001;
const slope=(up,down)=>(this.bound(up).elbo-this.bound(down).elbo)/(2*h);const across=slope([loc+h*scale,scale],[loc-h*scale,
scale]);const wider=slope([loc,scale*Math.exp(h)],[loc,scale*Math.exp(-h)]);this.moveTo([loc+clamp(.12*scale*across,-LONGEST_STEP,
LONGEST_STEP),scale*Math.exp(clamp(.06*wider,-.06,.06))]);if(--left<=0)this.rest();else if(isStill)step();else this.frame=
requestAnimationFrame(step)};step()}build(){const width=this.plotPlace.clientWidth;if(!this.model||!width)return;const plot=plotOf(
this.model,width,zoomOf(this.plotPlace)>1);drawPlot(plot,this.model);this.addHandles(plot);plot.svg.onpointerdown=event=>this.
grab(event,plot);this.plot=plot;replaceDrawing(this.plotPlace,plot.svg);this.draw()}addHandles({svg,upper:{left,right}}){
const{data,encoder,surface}=this.model.colours;const onStep=move=>(across,up)=>{cancelAnimationFrame(this.frame);move(across,
up);this.rest()};const x=handle(svg,"data","the observation x",onStep((across,up)=>this.chooseAndDraw(this.x+(across+up)*
.02)));const bar={x1:left,x2:right,y1:0,y2:0};element("line",{...bar,stroke:data,"stroke-width":2},x);element("line",{...bar,
stroke:"transparent","stroke-width":26},x);this.xLabel=label(x,right-16,-10,"",data,"end");grip(x,{cx:right,r:9,fill:surface,
stroke:data},20);const loc=handle(svg,"loc","mean of q",onStep((across,up)=>this.moveTo([this.q[0]+(across+up)*.02,this.
q[1]])));grip(loc,{r:10,fill:surface,stroke:encoder},20);label(loc,0,-17,"move",encoder,"middle");const widen=onStep((across,up)=>this.
moveTo([this.q[0],this.q[1]*1.03**(across+up)]));const scale=handle(svg,"scale","standard deviation of q",widen);grip(scale,
{r:8,fill:surface,stroke:encoder},20);label(scale,14,4,"widen",encoder);this.grips={x,loc,scale}}chooseAndDraw(x){this.choose(
x);this.draw()}grab(event,{svg,upper,toX,toZ}){const[px,py]=placeOn(event,svg);const handleName=handleUnder(event);const name=handleName??
(py<upper.bottom+8?"data":"loc");const offset=handleName?this.q[0]-toZ(px):0;const move=([x,y])=>{if(name==="data")this.
chooseAndDraw(toX(y));else if(name==="loc")this.moveTo([toZ(x)+offset,this.q[1]]);else this.moveTo([this.q[0],Math.abs(toZ(
x)-this.q[0])])};cancelAnimationFrame(this.frame);focusByHand(handleNamed(this.plotPlace,name));drag(event,svg,later=>move(
placeOn(later,svg)),()=>this.rest());if(event.pointerType!=="touch"||handleName)move([px,py])}draw(){const{plot,model,joint,
q,top,encoder}=this;if(!plot)return;const[loc,scale]=q;const{atX,lower}=plot;const atY=moveCurves(plot,model,joint,this.
x,q,encoder,top);const inside=z=>clamp(plot.atZ(z),lower.left,lower.right);placeHandle(this.grips.x,0,atX(this.x),this.x,
`x = ${fixed(this.x,2)}`);if(this.xLabel)this.xLabel.textContent=`x = ${fixed(this.x,2)}`;placeHandle(this.grips.loc,inside(
loc),atY(density(0,0,scale)),loc,`mean ${fixed(loc,2)}`);const side=loc+scale>model.reach?-1:1;const words=`standard dev\
iation ${scale.toFixed(2)}`;placeHandle(this.grips.scale,inside(loc+side*scale),atY(density(1,0,1)/scale),scale,words);this.
root.view=this.view;Object.assign(this.root.dataset,{x:this.x,loc,scale});this.tell()}tell(){const{logMarginal}=this.joint;
const{elbo,kl}=this.bound(this.q);const encoder=this.bound(this.encoder);Object.assign(this.root.dataset,{elbo:elbo.toFixed(
9),kl:kl.toFixed(9),logMarginal:logMarginal.toFixed(9),encoderElbo:encoder.elbo.toFixed(9)});drawSum(this.sumPlace,this.
model.colours,{elbo,logMarginal,encoder});const lead=elbo-encoder.elbo;let words="You and the encoder are level.";if(lead>
LEVEL)words=`You beat the encoder by ${fixed(difference(elbo,encoder.elbo))} nats.`;else if(lead<=-LEVEL)words=`The enco\
der leads by ${fixed(difference(encoder.elbo,elbo))} nats.${lead>-CLOSE&&lead<-NEARLY?` ${hint(other=>this.bound(other).
elbo,this.q)}`:""}`;if(this.output.textContent!==words)this.output.textContent=words;this.narrator.tell(words)}destroy(){
super.destroy();cancelAnimationFrame(this.frame);clearTimeout(this.restTimer)}};var bound_toy_default=mounting(".bound-t\
oy",BoundToy);export{bound_toy_default as default};
