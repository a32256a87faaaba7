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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var WANTED="link-wanted";function pageLink(){const address=new URL(location.href);window.dispatchEvent(new CustomEvent(WANTED,{detail:address.searchParams}));
return address.href}var pathNow=()=>`/${location.pathname.split("/").pop()}`;function goTo(path,search){const address=new URL(`.${path}`,document.
baseURI);address.search=search.toString();history[path===pathNow()?"replaceState":"pushState"]({own:true,isAsked:true},"",
address);window.dispatchEvent(new PopStateEvent("popstate",{state:history.state}))}var EVENT="class-answer";function giveAnswer({lesson,step,question,kind,value}){window.dispatchEvent(new CustomEvent(EVENT,
{detail:{lesson,step,question,kind,value}}))}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];function element(tag,properties={}){return Object.assign(document.createElement(tag),properties)}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var TAIL_COEFFICIENTS=[-1.26551223,1.00002368,.37409196,.09678418,-.18628806,.27886807,-1.13520398,1.48851587,-.82215223,
.17087277];function normalCdf(z){const t=1/(1+.5*Math.abs(z)*Math.SQRT1_2);const polynomial=TAIL_COEFFICIENTS.reduceRight(
(sum,a)=>sum*t+a,0);const tail=.5*t*Math.exp(-.5*z*z+polynomial);return z>0?1-tail:tail}function normalQuantile(u){const p=clamp(
u,1e-9,1-1e-9);let[low,high]=[-6.5,6.5];for(let i=0;i<50;i++){const middle=(low+high)/2;if(normalCdf(middle)<p)low=middle;else
high=middle}return(low+high)/2}var minus=text=>text.replace("-","−");var zoomOf=element2=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element2.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var DRAWN="plane-axes-drawn";var Axes=class{element=null;cleanups=new Cleanups;constructor({onFound,onDrawn}){this.onFound=
onFound;this.onDrawn=onDrawn}find(key){const element2=document.querySelector(`.st-key-${key} .plane-axes`);if(!element2?.
axes)return false;if(element2===this.element)return true;this.release();this.element=element2;if(this.onDrawn)this.cleanups.
listen(element2,[DRAWN],this.onDrawn);this.onFound?.(element2);return true}release(){this.cleanups.run();this.element=null}get drawn(){
return this.element?.axes??null}get box(){return this.drawn?.box??null}get width(){return this.drawn?.width??0}get meta(){
return this.drawn?.meta}get revision(){return this.drawn?.revision}place(event,{outside=false}={}){const{element:element2,
box}=this;if(!element2||!box)return null;const[x,y]=placeOn(event,element2);const[px,py]=[x-box.left,y-box.top];return outside||
px>=0&&py>=0&&px<=box.width&&py<=box.height?[px,py]:null}values([px,py]){const{spans:[[left,right],[bottom,top]],box:{width,
height}}=this.drawn;return[left+px/width*(right-left),top-py/height*(top-bottom)]}get maps(){const{spans:[[left,right],[
bottom,top]],box:{width,height}}=this.drawn;return{x:value=>(value-left)/(right-left)*width,y:value=>(top-value)/(top-bottom)*
height}}};var context2d=canvas=>canvas.getContext("2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{
const[value,part]=[i>>2,i&3];if(ink)return part===3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.
buffer)}var GREYS=shadesOf(null);function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==height)Object.assign(canvas,{width,height})}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.
round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.
setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font=
"12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function line(context,places,stroke,width){context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=
width;context.strokeStyle=stroke;context.stroke()}var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}function steadyBoxes(names,obstacles,area){const boxes=[];const find=(i,taken)=>{const{
place,width,height,ways}=names[i];return freeBox(place,width,height,ways,[...taken,...boxes.flatMap((box,k)=>box&&k!==i?
[box]:[])],area)};names.forEach((_,i)=>boxes[i]=find(i,[]));boxes.forEach((box,i)=>{if(box&&obstacles.some(other=>covers(
box,other)))boxes[i]=find(i,obstacles)});return boxes}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part=>part*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));var LEVELS={points:0,names:1,posterior:2,"on-plane":2,path:2,chain:3};var LETTERS="bold 15px system-ui, Segoe UI, Roboto\
, Arial, sans-serif";var Overlay=class{boxes=[];isPainting=false;key="";cleanups=new Cleanups;constructor(role,draw){this.
draw=draw;this.level=LEVELS[role];this.chart=new Axes({onDrawn:()=>this.redraw()});this.canvas=document.createElement("c\
anvas");this.canvas.dataset.role=role;this.canvas.setAttribute("aria-hidden","true");this.canvas.overlay=this;Object.assign(
this.canvas.style,{position:"absolute",pointerEvents:"none",zIndex:this.level})}follow(key){if(!this.key)this.cleanups.watchPage(
()=>this.attach());this.key=key;this.attach();this.redraw()}attach(){if(!this.chart.find(this.key)||this.canvas.isConnected)
return;this.chart.element?.appendChild(this.canvas);this.redraw()}get box(){return this.chart.box}redraw(){const box=this.
box;if(!box)return;const context=contextOf(this.canvas,box.width,box.height);Object.assign(this.canvas.style,{left:`${box.
left}px`,top:`${box.top}px`,width:`${box.width}px`});const before=JSON.stringify(this.boxes);this.paint(context,box);if(this.
level===LEVELS.names&&JSON.stringify(this.boxes)!==before){for(const other of this.others)if(other.level>LEVELS.names&&!other.
isPainting)other.redraw()}if(this.level>LEVELS.names)this.names?.redraw()}paint(context,{width,height}){const{x,y}=this.
chart.maps;this.boxes=[];this.isPainting=true;this.draw(context,x,y,width,height);this.isPainting=false}get others(){const canvases=[
...this.chart.element?.querySelectorAll("canvas")??[]];return canvases.flatMap(({overlay})=>overlay&&overlay!==this?[overlay]:
[])}get names(){return this.others.find(({level})=>level===LEVELS.names)}get area(){return{...this.box,left:0,top:0}}keepOff([
x,y],size){this.boxes.push({left:x-size/2,top:y-size/2,width:size,height:size})}claim(place,width,height,ways){const box=this.
free(place,width,height,ways);if(box)this.boxes.push(box);return box}free(place,width,height,ways,taken=[]){const solid=[
this,...this.others.filter(({level})=>level!==LEVELS.names)];return freeBox(place,width,height,ways,[...taken,...solid.flatMap(
({boxes})=>boxes)],this.area)}claimNames(names){const boxes=steadyBoxes(names,this.others.flatMap(({boxes:boxes2})=>boxes2),
this.area);this.boxes=boxes.flatMap(box=>box??[]);return boxes}flag(context,place,letter,colour,ink,ways=AROUND){const box=this.
claim(place,22,24,ways);if(!box)return void 0;const[middle,centre]=[box.left+box.width/2,box.top+box.height/2];line(context,
[place,[middle,centre]],colour,2);context.fillStyle=colour;context.fillRect(box.left,box.top,box.width,box.height);context.
fillStyle=ink;context.font=LETTERS;context.textAlign="center";context.fillText(letter,middle,centre+5);return box}destroy(){
this.cleanups.run();this.chart.release();this.canvas.remove()}};var PLANE="latent_plane";var MOST_CORNERS=32;var APART=4;var INK="#c2620a";var LoopOnPlane=class{cleanups=new Cleanups;corners=[];before=[];isDown=false;isOnName=false;overlay=new Overlay(
"path",(context,x,y)=>this.draw(context,x,y));axes=new Axes({onFound:plane=>this.listen(plane)});constructor(changed){this.
changed=changed;this.cleanups.watchPage(()=>this.axes.find(PLANE));this.axes.find(PLANE);this.overlay.follow(PLANE)}listen(plane){
const{cleanups}=this.axes;cleanups.listen(plane,["pointerdown"],event=>this.begin(event),true);cleanups.listen(plane,["p\
ointermove"],event=>this.go(event),true);cleanups.listen(window,["pointerup","pointercancel"],()=>this.end(),true)}begin(event){
const place=this.axes.place(event);if(!place||event.button)return;this.isDown=true;this.isOnName=event.target.closest(".\
plane-name")!==null;this.before=this.corners;this.set([this.axes.values(place)])}go(event){const place=this.isDown&&this.
axes.place(event);if(!place)return;const{x,y}=this.axes.maps;const[a,b]=this.corners.at(-1);if(Math.hypot(place[0]-x(a),
place[1]-y(b))>=APART)this.set([...this.corners,this.axes.values(place)])}end(){if(!this.isDown)return;this.isDown=false;
if(this.corners.length<3)this.set([...this.before,...this.isOnName?[]:this.corners.slice(0,1)]);else this.set(this.corners)}add(){
const z=document.querySelector("canvas[data-role=decoded]")?.latent;if(z?.length===2)this.set([...this.corners,[...z]])}set(corners){
this.corners=corners;this.overlay.redraw();this.changed()}get answer(){const{corners}=this;if(corners.length<3)return null;
const count=Math.min(corners.length,MOST_CORNERS);const subset=Array.from({length:count},(_,i)=>corners[Math.floor(i*corners.
length/count)]);return this.axes.meta?.coordinates==="probability"?subset.map(corner=>corner.map(normalQuantile)):subset}draw(context,x,y){
if(!this.corners.length)return;const places=[...this.corners,...this.isDown?[]:this.corners.slice(0,1)].map(([a,b])=>[x(
a),y(b)]);line(context,places,"#ffffff",6);line(context,places,INK,3)}destroy(){this.cleanups.run();this.axes.release();
this.overlay.destroy()}};function questionOf(place,content,act){const{question,answer,gap}=content;const state=JSON.stringify([content.lesson,content.
step,question,answer,gap]);if(place.dataset.state===state)return;place.dataset.state=state;leaveQuestion(place);place.replaceChildren();
place.dataset.waitsFor=question&&content.here&&answer===null?question.kind:"";if(!question||!content.here)return;if(answer!==
null)return place.append(...answered(content,act));const give=report=>{const wait=element("p",{className:"lesson-gap",textContent:"\
Computing the answer …"});wait.setAttribute("role","status");place.replaceChildren(wait);act(report)};if(content.picture)
place.append(element("img",{src:content.picture,alt:"The image that the question is about",className:"lesson-picture"}));
place.append(FORMS[question.kind](question,give,place))}var loops=new WeakMap;function leaveQuestion(place){loops.get(place)?.
destroy();loops.delete(place)}function answered({question,answer,gap},act){const words=element("p",{className:"lesson-ga\
p",textContent:gap?.text??""});words.setAttribute("role","status");const parts=[words];if(question.kind==="curve"&&gap?.
truth)parts.unshift(curveCanvas(question,answer,gap.truth));const again=element("button",{type:"button",textContent:"Try\
 again"});again.onclick=()=>act({again:true});return[...parts,again]}var FORMS={choice(question,act){const form=group(question.
question);question.options.forEach((option,number)=>{const radio=element("input",{type:"radio",name:"lesson-choice",value:String(
number)});const label=element("label");label.append(radio,option);form.append(label)});return withButton(form,()=>{const radio=form.
querySelector("input:checked");if(radio)act({answer:Number(radio.value)})})},number(question,act){const form=group(question.
question);const{least,most,step,unit}=question;const range=element("input",{type:"range",min:String(least),max:String(most),
step:String(step)});range.value=String((least+most)/2);let isMoved=false;range.setAttribute("aria-label",question.question);
const value=element("output");value.textContent=`? ${unit}`;range.oninput=()=>{isMoved=true;value.textContent=minus(`${range.
value} ${unit}`)};form.append(range,value);return withButton(form,()=>{if(isMoved)act({answer:Number(range.value)});else
value.textContent="First move the slider to your answer."})},point(question,act){const form=group(question.question);const words=element(
"p",{textContent:"Press the map to pin the point there. Then press “This is my answer”."});const fault=element("outp\
ut");form.append(words,fault);return withButton(form,()=>{const canvas=decodedCanvas();if(!canvas?.latent)return;if(canvas.
dataset.pinned==="true")act({answer:[...canvas.latent]});else fault.textContent="First press a place on the map, or Ente\
r: it pins the point."})},loop(question,act,place){const form=group(question.question);const words=element("p",{textContent:"\
Draw the loop on the map with the mouse or a finger. With keys: move the point, then add it as a corner."});const count=element(
"output");const loop=new LoopOnPlane(()=>count.textContent=loop.corners.length?`Corners: ${loop.corners.length}`:"");loops.
set(place,loop);const corner=element("button",{type:"button",className:"lesson-corner",textContent:"Add the point as a c\
orner"});const again=element("button",{type:"button",textContent:"Draw it again"});corner.onclick=()=>loop.add();again.onclick=
()=>loop.set([]);form.append(words,corner,again,count);return withButton(form,()=>{const answer=loop.answer;if(answer)act(
{answer});else count.textContent="A loop needs three corners or more."})},curve(question,act){const form=group(question.
question);const heights=new Array(PLACES).fill(NaN);const canvas=curveCanvas(question,heights,null);canvas.tabIndex=0;canvas.
setAttribute("role","application");canvas.setAttribute("aria-label",`${question.question} Draw from left to right. With \
keys: press the digits 0 to 9, one height after the other.`);let typed=0;const draw=event=>{const{left,top,width,height}=canvas.
getBoundingClientRect();const at=Math.round((event.clientX-left)/width*(PLACES-1));if(at>=0&&at<PLACES)heights[at]=Math.
min(Math.max(1-(event.clientY-top)/height,0),1);drawCurves(canvas,question,heights,null)};canvas.onpointerdown=event=>{canvas.
setPointerCapture(event.pointerId);draw(event)};canvas.onpointermove=event=>event.buttons&&event.getCoalescedEvents().forEach(
draw);canvas.onkeydown=event=>{if(!/^[0-9]$/.test(event.key)||typed>TYPED)return;const at=Math.round(typed++/TYPED*(PLACES-
1));heights[at]=Number(event.key)/9;drawCurves(canvas,question,heights,null)};form.append(canvas);return withButton(form,
()=>{const answer=filled(heights);if(answer)act({answer})})}};var decodedCanvas=()=>document.querySelector("canvas[data-\
role=decoded]");var PLACES=41;var TYPED=5;function filled(heights){const drawn=heights.flatMap((height,i)=>Number.isNaN(
height)?[]:[i]);if(drawn.length<2)return null;return heights.map((_,i)=>{const before=drawn.findLast(at=>at<=i)??drawn[0];
const after=drawn.find(at=>at>=i)??drawn[drawn.length-1];if(before===after)return heights[before];const share=(i-before)/
(after-before);return i<drawn[0]?heights[drawn[0]]:heights[before]+share*(heights[after]-heights[before])})}function curveCanvas(question,heights,truth){
const canvas=element("canvas");canvas.setAttribute("role","img");canvas.setAttribute("aria-label",truth?"Your curve, das\
hed, and the true one":"An empty chart");new ResizeObserver(()=>drawCurves(canvas,question,heights,truth)).observe(canvas);
return canvas}function drawCurves(canvas,question,heights,truth){const draw=canvas.getContext("2d");const{clientWidth:width,
clientHeight:height}=canvas;canvas.width=Math.round(width*devicePixelRatio);canvas.height=Math.round(height*devicePixelRatio);
draw.scale(devicePixelRatio,devicePixelRatio);const{color,fontFamily,fontSize}=getComputedStyle(canvas);draw.font=`${fontSize}\
 ${fontFamily}`;draw.fillStyle=color;draw.fillText(minus(`${question.most} ${question.unit}`),6,1.2*parseFloat(fontSize));
draw.fillText(minus(`${question.least} ${question.unit}`),6,height-8);const curves=[[heights,[8,6],"#c2620a"],[truth,[],
"#0a7d5a"]];for(const[values,dashes,colour]of curves){if(!values)continue;draw.beginPath();draw.setLineDash(dashes);draw.
lineWidth=3;draw.strokeStyle=colour;let isDown=false;values.forEach((value,i)=>{if(Number.isNaN(value)||value===null)return;
const at=[i/(values.length-1)*width,(1-value)*height];if(isDown)draw.lineTo(at[0],at[1]);else draw.moveTo(at[0],at[1]);isDown=
true});draw.stroke()}}function group(question){const form=element("fieldset");form.append(element("legend",{textContent:question}));
return form}function withButton(form,answer){const button=element("button",{type:"button",className:"lesson-answer",textContent:"\
This is my answer"});button.onclick=answer;form.append(button);return form}var LOOK_MS=250;var BY_HAND_MS=1500;var APART2=.3;var BRING_MS=3e4;var CORNERS=["right bottom","left bottom","right top"];
var PHONE=640;var LEAST_BESIDE=220;var STEP_PIXELS=24;var LessonCard=class extends Component{content=null;isDone=false;touchedAt=-Infinity;hasPressed=false;beganAt=0;hasScrolled=false;places=[];timer=0;entered="";offset=[
0,0];constructor(root){super(root);this.at(".lesson-close").onclick=()=>this.act({close:true});this.at(".lesson-back").onclick=
()=>this.go(this.content.back);this.at(".lesson-next").onclick=()=>this.content.next?this.go(this.content.next):this.act(
{close:true,done:this.isDone});this.at(".lesson-fold").onclick=()=>this.fold(!root.classList.contains("folded"));this.makeMovable(
this.at(".lesson-grip"));this.cleanups.listen(document,["pointerdown","pointermove","keydown"],event=>this.onTouch(event),
true);this.cleanups.listen(document,["wheel","pointerdown","keydown"],()=>this.hasScrolled=true,true);this.cleanups.listen(
document,["click","change"],event=>this.onPress(event),true);this.timer=window.setInterval(()=>this.look(),LOOK_MS);this.
cleanups.add(()=>clearInterval(this.timer))}at(selector){return this.root.querySelector(selector)}load(content){const isNew=content.
lesson!==this.content?.lesson||content.step!==this.content?.step;this.content=content;if(isNew){this.isDone=this.hasPressed=
false;this.places=[];this.beganAt=performance.now();this.hasScrolled=false;this.fold(false)}this.at("h2").textContent=content.
title;this.at(".lesson-count").textContent=`${content.step} of ${content.count}`;this.at(".lesson-say").textContent=content.
say;this.at(".lesson-do").textContent=content.here?content.do:"";this.at(".lesson-do").hidden=content.do===content.question?.
question;this.at(".lesson-fault").textContent=content.fault??"";questionOf(this.at(".lesson-question"),content,act=>this.
answer(act));const back=this.at(".lesson-back");back.disabled=!content.back;this.look();this.show();this.keepOff(content.
mark);const entered=`${content.lesson} ${content.step}`;if(content.enter&&this.entered!==entered)this.go(content.enter);
this.entered=entered}bring(){const mark=this.content?.mark;if(!mark||this.hasScrolled||performance.now()-this.beganAt>BRING_MS)
return;const isPhone=innerWidth<=PHONE;const marked=isPhone&&document.querySelector(`.st-key-map_row:has(${mark})`)||document.
querySelector(mark);const box=marked?.getBoundingClientRect();if(!marked||!box?.height||box.top>=0&&box.bottom<=(isPhone?
this.root.getBoundingClientRect().top:innerHeight))return;const isLow=box.height>.8*innerHeight||isPhone;const cannotFit=parseFloat(
getComputedStyle(marked).scrollMarginTop)+box.height>innerHeight;if(isLow&&cannotFit&&box.top>=0&&box.top<.2*innerHeight)
return;marked.scrollIntoView({block:isLow?"start":"center"});this.keepOff(mark)}keepOff(mark){const marked=mark&&document.
querySelector(mark);const sideBar=document.querySelector("[data-testid=stSidebar]")?.getBoundingClientRect();const room=Math.
max(0,sideBar?.right??0);this.root.style.setProperty("--beside",`${room}px`);if(room>=LEAST_BESIDE&&innerWidth>PHONE){this.
root.dataset.corner="side";return}for(const corner of CORNERS){this.root.dataset.corner=corner;if(!marked||!overlap(this.
root.getBoundingClientRect(),marked.getBoundingClientRect()))return}this.root.dataset.corner=CORNERS[0]}go({path,query,keep}){
const search=keep&&path===pathNow()?new URL(pageLink()).searchParams:new URLSearchParams;search.delete("pinned");for(const[
key,value]of new URLSearchParams(query))search.set(key,value);goTo(path,search)}act(act){this.component?.setTriggerValue(
"act",{lesson:this.content.lesson,step:this.content.step,...act})}answer(act){const{lesson,step,question}=this.content;const{
kind,options}=question;if("answer"in act){const value=kind==="choice"?options[act.answer]:kind==="loop"?act.answer.flat():
act.answer;giveAnswer({lesson,step,question:"q",kind,value})}this.act(act)}destroy(){super.destroy();leaveQuestion(this.
at(".lesson-question"))}fold(isFolded){this.root.classList.toggle("folded",isFolded);const button=this.at(".lesson-fold");
button.setAttribute("aria-expanded",String(!isFolded));button.setAttribute("aria-label",isFolded?"Unfold the card":"Fold\
 the card");button.textContent=isFolded?"+":"–"}show(){this.root.classList.toggle("done",this.isDone);const{step,count}=this.
content;this.at(".lesson-next").textContent=this.isDone?step<count?"Next":"Finish":"Skip"}look(){this.bring();if(!this.content||
this.isDone||!this.isReached(this.content.goal))return;this.isDone=true;this.show()}isReached(goal){if(goal.answers)return this.
content.answer!==null;if(goal.page!==void 0)return pathNow()===`/${goal.page}`;if(!this.content.here)return false;if(goal.
presses)return this.hasPressed;if(goal.link){const values=new URLSearchParams(location.search);return Object.entries(goal.
link).every(([key,value])=>values.get(key)===value)}if(goal.shows)return Boolean(document.querySelector("[data-testid=st\
Main]")?.textContent?.includes(goal.shows));const canvas=document.querySelector("canvas[data-role=decoded]");if(!canvas?.
latent)return false;if(goal.pins)return canvas.dataset.pinned==="true";this.note([...canvas.latent]);return this.places.
length>=(goal.moves??1)}note(place){if(performance.now()-this.touchedAt>BY_HAND_MS)return;const isNear=other=>Math.hypot(
...place.map((value,j)=>value-other[j]))<APART2;if(!this.places.some(isNear))this.places.push(place)}onTouch(event){if(!this.
root.contains(event.target))this.touchedAt=performance.now()}onPress(event){const part=this.content?.goal.presses;if(part&&
event.target instanceof Element&&event.target.closest(part))this.hasPressed=true}makeMovable(grip){let from=null;grip.onpointerdown=
event=>{grip.setPointerCapture(event.pointerId);from=[event.clientX-this.offset[0],event.clientY-this.offset[1]];this.root.
classList.add("moving")};grip.onpointermove=event=>from&&this.moveBy(event.clientX-from[0],event.clientY-from[1]);grip.onpointerup=
grip.onpointercancel=()=>{from=null;this.root.classList.remove("moving")};grip.onkeydown=event=>{const step=arrowStep(event);
if(!step)return;event.preventDefault();this.moveBy(this.offset[0]+STEP_PIXELS*step[0],this.offset[1]-STEP_PIXELS*step[1])}}moveBy(x,y){
const{left,right,top,bottom}=this.root.getBoundingClientRect();const[nowX,nowY]=this.offset;const dx=Math.min(Math.max(x-
nowX,-left),innerWidth-right);const dy=Math.min(Math.max(y-nowY,-top),innerHeight-bottom);this.offset=[nowX+dx,nowY+dy];
this.root.style.transform=`translate(${this.offset[0]}px, ${this.offset[1]}px)`}};var overlap=(box,other)=>box.left<other.
right&&other.left<box.right&&box.top<other.bottom&&other.top<box.bottom;var lesson_card_default=mounting(".lesson-card",
LessonCard);export{lesson_card_default as default};
