var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));function niceStep(rough){const power=10**Math.floor(Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=
rough)}var zoomOf=element2=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element2.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var rgb=hex=>[1,3,5].map(i=>parseInt(hex.slice(i,i+2),16));var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);var TAIL=49;function logMarginalOnSquare({spacing,peak},logJoint){let sum=0;for(const value of logJoint)sum+=Math.exp(value);return peak+
Math.log(sum)+2*Math.log(spacing)}var extents=([,,s1,s2,angle])=>[Math.hypot(s1*Math.cos(angle),s2*Math.sin(angle)),Math.
hypot(s1*Math.sin(angle),s2*Math.cos(angle))];function elboOnSquare({low,spacing,side,peak},logJoint,q){const[m1,m2,s1,s2,
angle]=q;const[cos,sin]=[Math.cos(angle),Math.sin(angle)];const reaches=extents(q).map(extent=>Math.sqrt(TAIL)*extent);const firsts=reaches.
map((reach,k)=>Math.max(0,Math.ceil((q[k]-reach-low[k])/spacing)));const lasts=reaches.map((reach,k)=>Math.min(side-1,Math.
floor((q[k]+reach-low[k])/spacing)));let mass=0;let sum=0;for(let row=firsts[1];row<=lasts[1];row++){const dy=low[1]+spacing*
row-m2;for(let column=firsts[0];column<=lasts[0];column++){const dx=low[0]+spacing*column-m1;const square=((dx*cos+dy*sin)/
s1)**2+((dy*cos-dx*sin)/s2)**2;if(square>TAIL)continue;const weight=Math.exp(-.5*square);mass+=weight;sum+=weight*(logJoint[row*
side+column]+.5*square)}}return peak+sum/mass+Math.log(mass)+2*Math.log(spacing)}function contour(values,side,level){const parts=[];
for(let row=0;row+1<side;row++){for(let column=0;column+1<side;column++){const at=row*side+column;const corners=[values[at],
values[at+1],values[at+side+1],values[at+side]];const crossings=[];corners.forEach((value,k)=>{const next=corners[(k+1)%
4];if(value>level===next>level)return;const t=(level-value)/(next-value);const[x,y]=[[t,0],[1,t],[1-t,1],[0,1-t]][k];crossings.
push(`${(column+x).toFixed(2)} ${(row+y).toFixed(2)}`)});for(let k=0;k+1<crossings.length;k+=2)parts.push(`M${crossings[k]}\
L${crossings[k+1]}`)}}return parts.join("")}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var BY_HAND="\
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
var handleNamed=(frame,name)=>frame.querySelector(`[data-handle=${name}]`);var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var difference=(value,other,digits=3)=>Number(value.toFixed(digits))-Number(other.toFixed(digits));function ticksOf([low,
high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,-Math.floor(Math.log10(
step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.from({length:Math.max(
0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var MOST_SIDE=440;var MARGIN={left:44,top:10,right:10,bottom:40};function frameOf({low,spacing,side,levels,peak},logJoint,qs){
const outermost=Math.min(...levels)-peak;const[least,most]=[[side,side],[0,0]];logJoint.forEach((value,i)=>{if(value<=outermost)
return;for(const[k,index]of[i%side,Math.floor(i/side)].entries()){least[k]=Math.min(least[k],index);most[k]=Math.max(most[k],
index)}});const middle=low.map((end,k)=>end+spacing*(least[k]+most[k])/2);const ends=qs.flatMap(q=>extents(q).map((extent,k)=>Math.
abs(q[k]-middle[k])+2*extent));const reach=1.2*Math.max(...most.map((end,k)=>spacing*(end-least[k])/2),...ends,spacing);
return{low:middle.map(value=>value-reach),width:2*reach}}function drawPosterior(header,logJoint,contours,frame,size,at){
const{colours,side,low,spacing,levels,draws}=header;const{left,top}=MARGIN;const svg=element("svg",{width:left+size+MARGIN.
right,height:top+size+MARGIN.bottom,role:"group"});svg.setAttribute("aria-label","contours of the true posterior p(z|x),\
 the encoder's q and your q");element("rect",{x:left,y:top,width:size,height:size,fill:"none",stroke:colours.grid},svg);
drawTicks(svg,frame,colours,size,at);const cell=spacing*size/frame.width;const[x,y]=at(low);const inside=element("svg",{
x:left,y:top,width:size,height:size,overflow:"hidden"},svg);const grid=element("g",{transform:`translate(${x-left},${y-top}\
) scale(${cell},${-cell})`},inside);const place={x:-.5,y:-.5,width:side,height:side,preserveAspectRatio:"none"};element(
"image",{href:bands(header,logJoint),...place},grid);contours.forEach((d,k)=>{const look={fill:"none",stroke:colours.latent,
"stroke-width":2.2-.6*k,"vector-effect":"non-scaling-stroke"};element("path",{d,...look,"data-level":levels[k]},grid)});
for(const z of draws){const[cx,cy]=at(z);element("circle",{class:"draw",cx,cy,r:4,fill:colours.encoder,stroke:colours.surface,
"stroke-width":1},svg)}return svg}function bands({side,levels,peak,colours},logJoint){const canvas=Object.assign(document.
createElement("canvas"),{width:side,height:side});const context=context2d(canvas);const image=context.createImageData(side,
side);const ink=rgb(colours.latent);logJoint.forEach((value,i)=>{const inside=levels.filter(level=>value>level-peak).length;
image.data.set([...ink,34*inside],4*i)});context.putImageData(image,0,0);return canvas.toDataURL()}function drawTicks(svg,{
low,width},colours,size,at){for(let k=0;k<2;k++){for(const[value,text]of ticksOf([low[k],low[k]+width],6)){const[x,y]=at(
k===0?[value,low[1]]:[low[0],value]);if(k===0)label(svg,x,y+17,text,colours.muted,"middle");else label(svg,x-6,y+4,text,
colours.muted,"end")}}label(svg,MARGIN.left+size/2,MARGIN.top+size+35,"z₁ across, z₂ up",colours.muted,"middle")}function placeOval(node,[
,,c,d,angle],[cx,cy],unit){const rotation=`rotate(${(-angle*180/Math.PI).toFixed(3)} ${cx.toFixed(2)} ${cy.toFixed(2)})`;
const numbers={cx,cy,rx:c*unit,ry:d*unit};for(const[key,value]of Object.entries(numbers))node.setAttribute(key,value.toFixed(
3));node.setAttribute("transform",rotation)}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
max(0,this.until-performance.now())}};var WANTED="link-wanted";var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(location.search).get(key)??
"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part=>part.trim()?Number(part):NaN);return numbers.
every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}function whenWanted(cleanups,tell){cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var REST_MS=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS)}rest(){const wait=REST_MS-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label2(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label2(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}function share(element2,name,read,move){element2.shared={read,move};element2.dataset.shared=name}var CLIMBS=120;var[LEAST_SIDE,ABOVE]=[380,420];var LEAST_ARM=26;var LEVEL=5e-4;var NAMES={own:"your q",encoder:"the enco\
der's",aligned:"best axis-aligned",best:"best Gaussian"};var EllipseBench=class extends Component{header=null;logJoint=new Float32Array;logMarginal=0;contours=[];q=[
0,0,1,1,0];report="";isLinkNew=true;frame=0;width=0;view={low:[0,0],width:1};unit=1;ovals=[];grips={};constructor(root){
super(root);const part=role=>root.querySelector(`[data-role=${role}]`);this.plane=part("plane");this.own=part("own");this.
rows=root.querySelector("tbody");this.output=root.querySelector("output");const buttons=root.querySelectorAll("[data-q]");
for(const button of buttons)button.onclick=()=>this.settle(this.header[button.dataset.q]);part("climb").onclick=()=>this.
climb();this.narrator=new Narrator(this.cleanups,root);this.cleanups.listen(window,["popstate"],()=>this.followLink());this.
elsewhere=new Elsewhere(this.cleanups,target=>root.contains(target));share(root,"q",()=>this.header?this.q:[],q=>{cancelAnimationFrame(
this.frame);this.moveTo(q)});const isUntold=()=>this.header&&this.report!==this.q.join();whenWanted(this.cleanups,params=>isUntold()&&
put(params,"q",this.q.map(value=>value.toPrecision(6)).join()));this.cleanups.watchSize(this.plane,()=>this.plane.clientWidth!==
this.width&&this.build())}load({header,arrays:{log_joint:logJoint}}){const isSame=this.header?.id===header.id;const start=this.
isLinkNew?linkedQ():null;this.isLinkNew=false;this.header=header;for(const name of["latent","encoder","text"])this.root.
style.setProperty(`--of-${name}`,header.colours[name]);this.logJoint=logJoint;if(!isSame){this.logMarginal=logMarginalOnSquare(
header,logJoint);this.contours=header.levels.map(level=>contour(logJoint,header.side,level-header.peak));this.q=start?this.
onGrid(start):[...header.encoder];this.report=this.q.join();this.view=frameOf(header,logJoint,[this.q,header.encoder])}this.
build()}followLink(){this.isLinkNew=true;if(!this.header)return;const q=linkedQ();this.q=q?this.onGrid(q):[...this.header.
encoder];this.report=this.q.join();this.build()}onGrid([m1,m2,s1,s2,angle]){const{low,spacing,side,narrowest}=this.header;
const width=spacing*(side-1);const[c,d]=[s1,s2].map(scale=>clamp(scale,narrowest,width/8));const reach=extents([0,0,c,d,
angle]);const[a,b]=[m1,m2].map((value,k)=>clamp(value,low[k]+3*reach[k],low[k]+width-3*reach[k]));return[a,b,c,d,angle]}moveTo([
a,b,...shape]){const{low,width}=this.view;const[x,y]=[a,b].map((value,k)=>clamp(value,low[k],low[k]+width));this.q=this.
onGrid([x,y,...shape]);this.draw()}settle(q){cancelAnimationFrame(this.frame);this.moveTo(q);this.letGo()}letGo(){if(this.
report===this.q.join())return;this.report=this.q.join();this.component.setStateValue("q",this.q)}climb(){cancelAnimationFrame(
this.frame);const isStill=isCalm();let left=CLIMBS;const step=()=>{this.moveTo(climbStep(this.q,q=>elboOnSquare(this.header,
this.logJoint,q)));if(--left<=0)return this.elsewhere.isQuiet||this.letGo();if(isStill)step();else this.frame=requestAnimationFrame(
step)};step()}build(){this.width=this.plane.clientWidth;if(!this.header||!this.width)return;const{header}=this;const size=Math.
min(this.width-MARGIN.left-MARGIN.right,MOST_SIDE,Math.max(LEAST_SIDE,innerHeight-ABOVE));this.unit=size/this.view.width;
const svg=drawPosterior(header,this.logJoint,this.contours,this.view,size,z=>this.at(z));const{encoder,text}=header.colours;
const oval=more=>element("ellipse",{fill:"none",stroke:encoder,...more},svg);this.ovals=[1,2].map(factor=>[oval({"stroke\
-width":4-factor,stroke:text,"data-own":factor}),factor]);for(const factor of[1,2]){const node=oval({"stroke-dasharray":"\
5 4","stroke-width":2,"data-encoder":factor});placeOval(node,header.encoder,this.at(header.encoder),factor*this.unit)}this.
addHandles(svg);svg.onpointerdown=event=>this.grab(event,svg);replaceDrawing(this.plane,svg);this.draw()}at([a,b]){const{
low,width}=this.view;return[MARGIN.left+(a-low[0])*this.unit,MARGIN.top+(low[1]+width-b)*this.unit]}addHandles(svg){const{
colours,spacing}=this.header;const[turn,stretch]=[Math.PI/90,1.03];const kinds={loc:["mean of your q: arrows move it",([
a,b,c,d,e],x,y)=>[a+x*spacing,b+y*spacing,c,d,e]],along:["first axis of your q: left and right stretch, up and down turn",
([a,b,c,d,e],x,y)=>[a,b,c*stretch**x,d,e+y*turn]],across:["second axis of your q: up and down stretch, left and right tu\
rn",([a,b,c,d,e],x,y)=>[a,b,c,d*stretch**y,e-x*turn]]};for(const[name,[words,move]]of Object.entries(kinds)){const group=handle(
svg,name,words,(across,up)=>{cancelAnimationFrame(this.frame);this.moveTo(move(this.q,across,up))});grip(group,{r:name===
"loc"?9:7,fill:colours.surface,stroke:colours.text},18);group.onkeyup=event=>event.key.startsWith("Arrow")&&this.letGo();
this.grips[name]=group}}grab(event,svg){const name=handleUnder(event);if(!name)return;cancelAnimationFrame(this.frame);focusByHand(
handleNamed(this.plane,name));const[a,b,c,d,e]=this.q;const[cx,cy]=this.at(this.q);const arm=at=>{const[px,py]=placeOn(at,
svg);return[px-cx,cy-py]};const[right,up]=arm(event);const move=later=>{const[x,y]=arm(later);if(name==="loc")return this.
moveTo([a+(x-right)/this.unit,b+(y-up)/this.unit,c,d,e]);const factor=Math.hypot(x,y)/Math.max(1,Math.hypot(right,up));const angle=e+
Math.atan2(y,x)-Math.atan2(up,right);this.moveTo(name==="along"?[a,b,c*factor,d,angle]:[a,b,c,d*factor,angle])};drag(event,
svg,move,()=>this.letGo())}draw(){if(!this.ovals.length)return;const{q,header,unit}=this;const[a,b,c,d,angle]=q;for(const[
node,factor]of this.ovals)placeOval(node,q,this.at(q),factor*unit);const[x,y]=this.at(q);const put2=(name,length,direction,value,words)=>placeHandle(
this.grips[name],x+length*Math.cos(direction),y-length*Math.sin(direction),value,words);const turnWords=`turned by ${fixed(
angle*180/Math.PI,0)} degrees`;put2("loc",0,0,a,`(${fixed(a)}, ${fixed(b)})`);put2("along",Math.max(LEAST_ARM,c*unit),angle,
c,`standard deviation ${fixed(c)}, ${turnWords}`);put2("across",Math.max(LEAST_ARM,d*unit),angle+Math.PI/2,d,`standard d\
eviation ${fixed(d)}, ${turnWords}`);const elbo=elboOnSquare(header,this.logJoint,q);this.root.q=q;Object.assign(this.root.
dataset,{q:q.join(),elbo:elbo.toFixed(9),logMarginal:this.logMarginal.toFixed(9)});this.tell({own:elbo,...header.elbos})}tell(elbos){
const rows=Object.entries(elbos).map(([name,elbo])=>{const gap=this.logMarginal-elbo;return`<tr class="${name}" data-gap\
="${gap.toFixed(9)}"><th scope="row">${NAMES[name]}</th><td>${fixed(elbo)}</td><td>${fixed(Math.max(0,gap))}</td></tr>`});
this.rows.innerHTML=rows.join("");this.own.textContent=`Your q: ELBO ${fixed(elbos.own)}, gap ${fixed(Math.max(0,this.logMarginal-
elbos.own))}`;const lead=elbos.own-elbos.encoder;const left=elbos.best-elbos.own;let words="Your q is level with the enc\
oder's.";if(lead>LEVEL)words=`You beat the encoder by ${fixed(difference(elbos.own,elbos.encoder))} nats.`;else if(lead<=
-LEVEL)words=`The encoder leads by ${fixed(difference(elbos.encoder,elbos.own))} nats.`;const message=left>LEVEL?`${words}\
 The best Gaussian is ${fixed(difference(elbos.best,elbos.own))} ahead of you.`:`${words} No Gaussian is better.`;if(this.
output.textContent!==message)this.output.textContent=message;this.narrator.tell(message)}destroy(){super.destroy();cancelAnimationFrame(
this.frame)}};function linkedQ(){const q=linkedNumbers("q");return q.length===5&&q[2]>0&&q[3]>0?q:null}function moveQ([a,
b,c,d,e],[x,y,wider,higher,turn]){const[right,up]=[x*c,y*d];const[cos,sin]=[Math.cos(e),Math.sin(e)];return[a+right*cos-
up*sin,b+right*sin+up*cos,c*Math.exp(wider),d*Math.exp(higher),e+turn]}function climbStep(q,elboOf){const along=(k,by)=>elboOf(
moveQ(q,Object.assign([0,0,0,0,0],{[k]:by})));const slopes=[0,1,2,3,4].map(k=>(along(k,.001)-along(k,-.001))/.002);const lean=q[2]/
q[3]-q[3]/q[2];const rates=[.2,.2,.1,.1,.2/(1+lean**2)];return moveQ(q,slopes.map((slope,k)=>clamp(rates[k]*slope,-.15,.15)))}
var ellipse_default=mounting(".ellipse-bench",EllipseBench);export{ellipse_default as default};
