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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var pathNow=()=>`/${location.pathname.split("/").pop()}`;function goTo(path,search){const address=new URL(`.${path}`,document.
baseURI);address.search=search.toString();history[path===pathNow()?"replaceState":"pushState"](history.state,"",address);
window.dispatchEvent(new PopStateEvent("popstate",{state:history.state}))}var EVENT="class-answer";function giveAnswer({lesson,step,question,kind,value}){window.dispatchEvent(new CustomEvent(EVENT,
{detail:{lesson,step,question,kind,value}}))}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];function questionOf(place,content,act){const{question,answer,gap}=content;const state=JSON.stringify([content.lesson,content.
step,question,answer,gap]);if(place.dataset.state===state)return;place.dataset.state=state;place.replaceChildren();if(!question||
!content.here)return;if(answer!==null)return place.append(...answered(content,act));const give=report=>{const wait=element(
"p",{className:"lesson-gap",textContent:"Computing the answer …"});wait.setAttribute("role","status");place.replaceChildren(
wait);act(report)};place.append(FORMS[question.kind](question,give))}function answered({question,answer,gap},act){const words=element(
"p",{className:"lesson-gap",textContent:gap?.text??""});words.setAttribute("role","status");const parts=[words];if(question.
kind==="curve"&&gap?.truth)parts.unshift(curveCanvas(question,answer,gap.truth));const again=element("button",{type:"but\
ton",textContent:"Try again"});again.onclick=()=>act({again:true});return[...parts,again]}var FORMS={choice(question,act){
const form=group(question.question);question.options.forEach((option,number)=>{const radio=element("input",{type:"radio",
name:"lesson-choice",value:String(number)});const label=element("label");label.append(radio,option);form.append(label)});
return withButton(form,()=>{const radio=form.querySelector("input:checked");if(radio)act({answer:Number(radio.value)})})},
number(question,act){const form=group(question.question);const{least,most,step,unit}=question;const range=element("input",
{type:"range",min:String(least),max:String(most),step:String(step)});range.value=String((least+most)/2);range.setAttribute(
"aria-label",question.question);const value=element("output");const say=()=>value.textContent=`${range.value} ${unit}`;range.
oninput=say;say();form.append(range,value);return withButton(form,()=>act({answer:Number(range.value)}))},point(question,act){
const form=group(question.question);form.append(element("p",{textContent:"Press the map to pin the point there. Then pre\
ss “This is my answer”."}));return withButton(form,()=>{const z=decodedPoint();if(z)act({answer:[...z]})})},curve(question,act){
const form=group(question.question);const heights=new Array(PLACES).fill(NaN);const canvas=curveCanvas(question,heights,
null);canvas.tabIndex=0;canvas.setAttribute("role","application");canvas.setAttribute("aria-label",`${question.question}\
 Draw from left to right. With keys: press the digits 0 to 9, one height after the other.`);let typed=0;const draw=event=>{
const{left,top,width,height}=canvas.getBoundingClientRect();const at=Math.round((event.clientX-left)/width*(PLACES-1));if(at>=
0&&at<PLACES)heights[at]=Math.min(Math.max(1-(event.clientY-top)/height,0),1);drawCurves(canvas,question,heights,null)};
canvas.onpointerdown=event=>{canvas.setPointerCapture(event.pointerId);draw(event)};canvas.onpointermove=event=>event.buttons&&
event.getCoalescedEvents().forEach(draw);canvas.onkeydown=event=>{if(!/^[0-9]$/.test(event.key)||typed>TYPED)return;const at=Math.
round(typed++/TYPED*(PLACES-1));heights[at]=Number(event.key)/9;drawCurves(canvas,question,heights,null)};form.append(canvas);
return withButton(form,()=>{const answer=filled(heights);if(answer)act({answer})})}};var decodedPoint=()=>document.querySelector(
"canvas[data-role=decoded]")?.latent;var PLACES=41;var TYPED=5;function filled(heights){const drawn=heights.flatMap((height,i)=>Number.
isNaN(height)?[]:[i]);if(drawn.length<2)return null;return heights.map((_,i)=>{const before=drawn.findLast(at=>at<=i)??drawn[0];
const after=drawn.find(at=>at>=i)??drawn[drawn.length-1];if(before===after)return heights[before];const share=(i-before)/
(after-before);return i<drawn[0]?heights[drawn[0]]:heights[before]+share*(heights[after]-heights[before])})}function curveCanvas(question,heights,truth){
const canvas=element("canvas",{width:640,height:320});canvas.setAttribute("role","img");canvas.setAttribute("aria-label",
truth?"Your curve, dashed, and the true one":"An empty chart");drawCurves(canvas,question,heights,truth);return canvas}function drawCurves(canvas,question,heights,truth){
const draw=canvas.getContext("2d");const{width,height}=canvas;draw.clearRect(0,0,width,height);const ink=getComputedStyle(
canvas).color||"#5145cd";draw.font="26px sans-serif";draw.fillStyle=ink;draw.fillText(`${question.most} ${question.unit}`,
8,28);draw.fillText(`${question.least} ${question.unit}`,8,height-10);const curves=[[heights,[14,10],"#c2620a"],[truth,[],
"#0a7d5a"]];for(const[values,dashes,colour]of curves){if(!values)continue;draw.beginPath();draw.setLineDash(dashes);draw.
lineWidth=5;draw.strokeStyle=colour;let isDown=false;values.forEach((value,i)=>{if(Number.isNaN(value)||value===null)return;
const at=[i/(values.length-1)*width,(1-value)*height];if(isDown)draw.lineTo(at[0],at[1]);else draw.moveTo(at[0],at[1]);isDown=
true});draw.stroke()}}function group(question){const form=element("fieldset");form.append(element("legend",{textContent:question}));
return form}function withButton(form,answer){const button=element("button",{type:"button",className:"lesson-answer",textContent:"\
This is my answer"});button.onclick=answer;form.append(button);return form}function element(tag,properties={}){const node=document.
createElement(tag);Object.assign(node,properties);return node}var LOOK_MS=250;var BY_HAND_MS=1500;var APART=.3;var CORNERS=["right bottom","left bottom","right top"];var STEP_PIXELS=24;
var LessonCard=class extends Component{content=null;isDone=false;touchedAt=-Infinity;hasPressed=false;places=[];timer=0;entered="";offset=[
0,0];constructor(root){super(root);this.at(".lesson-close").onclick=()=>this.act({close:true});this.at(".lesson-back").onclick=
()=>this.go(this.content.back);this.at(".lesson-next").onclick=()=>this.content.next?this.go(this.content.next):this.act(
{close:true});this.at(".lesson-fold").onclick=()=>this.fold(!root.classList.contains("folded"));this.makeMovable(this.at(
".lesson-grip"));this.cleanups.listen(document,["pointerdown","pointermove","keydown"],event=>this.onTouch(event),true);
this.cleanups.listen(document,["click","change"],event=>this.onPress(event),true);this.timer=window.setInterval(()=>this.
look(),LOOK_MS);this.cleanups.add(()=>clearInterval(this.timer))}at(selector){return this.root.querySelector(selector)}load(content){
const isNew=content.lesson!==this.content?.lesson||content.step!==this.content?.step;this.content=content;if(isNew){this.
isDone=this.hasPressed=false;this.places=[];this.fold(false)}this.at("h2").textContent=content.title;this.at(".lesson-co\
unt").textContent=`${content.step} of ${content.count}`;this.at(".lesson-say").textContent=content.say;this.at(".lesson-\
do").textContent=content.here?content.do:"";this.at(".lesson-fault").textContent=content.fault??"";questionOf(this.at(".\
lesson-question"),content,act=>this.answer(act));const back=this.at(".lesson-back");back.disabled=!content.back;this.look();
this.show();this.keepOff(content.mark);const entered=`${content.lesson} ${content.step}`;if(content.enter&&this.entered!==
entered)this.go(content.enter);this.entered=entered}keepOff(mark){const marked=mark&&document.querySelector(mark);const sideBar=document.
querySelector("[data-testid=stSidebar]")?.getBoundingClientRect();this.root.style.setProperty("--beside",`${Math.max(0,sideBar?.
right??0)}px`);for(const corner of CORNERS){this.root.dataset.corner=corner;if(!marked||!overlap(this.root.getBoundingClientRect(),
marked.getBoundingClientRect()))return}this.root.dataset.corner=CORNERS[0]}go({path,query}){goTo(path,new URLSearchParams(
query))}act(act){this.component?.setTriggerValue("act",{lesson:this.content.lesson,step:this.content.step,...act})}answer(act){
const{lesson,step,question}=this.content;const{kind,options}=question;if("answer"in act){const value=kind==="choice"?options[act.
answer]:act.answer;giveAnswer({lesson,step,question:"q",kind,value})}this.act(act)}fold(isFolded){this.root.classList.toggle(
"folded",isFolded);const button=this.at(".lesson-fold");button.setAttribute("aria-expanded",String(!isFolded));button.setAttribute(
"aria-label",isFolded?"Unfold the card":"Fold the card");button.textContent=isFolded?"+":"–"}show(){this.root.classList.
toggle("done",this.isDone);const{step,count}=this.content;this.at(".lesson-next").textContent=this.isDone?step<count?"Ne\
xt":"Finish":"Skip"}look(){if(!this.content||this.isDone||!this.isReached(this.content.goal))return;this.isDone=true;this.
show()}isReached(goal){if(goal.answers)return this.content.answer!==null;if(goal.page!==void 0)return pathNow()===`/${goal.
page}`;if(!this.content.here)return false;if(goal.presses)return this.hasPressed;if(goal.link){const values=new URLSearchParams(
location.search);return Object.entries(goal.link).every(([key,value])=>values.get(key)===value)}if(goal.shows)return Boolean(
document.querySelector("[data-testid=stMain]")?.textContent?.includes(goal.shows));const canvas=document.querySelector("\
canvas[data-role=decoded]");if(!canvas?.latent)return false;if(goal.pins)return canvas.dataset.pinned==="true";this.note(
[...canvas.latent]);return this.places.length>=(goal.moves??1)}note(place){if(performance.now()-this.touchedAt>BY_HAND_MS)
return;const isNear=other=>Math.hypot(...place.map((value,j)=>value-other[j]))<APART;if(!this.places.some(isNear))this.places.
push(place)}onTouch(event){if(!this.root.contains(event.target))this.touchedAt=performance.now()}onPress(event){const part=this.
content?.goal.presses;if(part&&event.target instanceof Element&&event.target.closest(part))this.hasPressed=true}makeMovable(grip){
let from=null;grip.onpointerdown=event=>{grip.setPointerCapture(event.pointerId);from=[event.clientX-this.offset[0],event.
clientY-this.offset[1]];this.root.classList.add("moving")};grip.onpointermove=event=>from&&this.moveBy(event.clientX-from[0],
event.clientY-from[1]);grip.onpointerup=grip.onpointercancel=()=>{from=null;this.root.classList.remove("moving")};grip.onkeydown=
event=>{const step=arrowStep(event);if(!step)return;event.preventDefault();this.moveBy(this.offset[0]+STEP_PIXELS*step[0],
this.offset[1]-STEP_PIXELS*step[1])}}moveBy(x,y){const{left,right,top,bottom}=this.root.getBoundingClientRect();const[nowX,
nowY]=this.offset;const dx=Math.min(Math.max(x-nowX,-left),innerWidth-right);const dy=Math.min(Math.max(y-nowY,-top),innerHeight-
bottom);this.offset=[nowX+dx,nowY+dy];this.root.style.transform=`translate(${this.offset[0]}px, ${this.offset[1]}px)`}};
var overlap=(box,other)=>box.left<other.right&&other.left<box.right&&box.top<other.bottom&&other.top<box.bottom;var lesson_card_default=mounting(
".lesson-card",LessonCard);export{lesson_card_default as default};
