var SVG="http://www.w3.org/2000/svg";function element(name,attributes,parent){const node=document.createElementNS(SVG,name);
for(const[key,value]of Object.entries(attributes))node.setAttribute(key,String(value));parent?.append(node);return node}var WIDTH=320;var HEIGHT=190;var EDGE=26;var BARS=10;function drawAnswers(summary){const height=summary.kind==="choice"?
EDGE+26*Math.max(1,summary.values.length):HEIGHT;const svg=document.createElementNS("http://www.w3.org/2000/svg","svg");
svg.setAttribute("viewBox",`0 0 ${WIDTH} ${height}`);svg.setAttribute("role","img");svg.setAttribute("aria-label",inWords(
summary));const draw={choice:drawChoices,number:drawNumbers,point:drawPoints,curve:drawCurves,loop:drawLoops}[summary.kind];
if(summary.values.length)draw?.(svg,summary.values);return svg}function inWords({kind,count,values}){const answers=`${count}\
 answer${count===1?"":"s"}`;if(!count)return"No answers yet";if(kind==="choice")return`${answers}: ${values.map(([name,times])=>`${name}\
 ${times}`).join(", ")}`;if(kind==="number")return`${answers}, half of them up to ${values[Math.floor(values.length/2)]}`;
return`${answers}, each a ${kind}`}function drawChoices(svg,values){const most=Math.max(...values.map(([,times])=>times));
values.forEach(([name,times],row)=>{const y=4+26*row;element("rect",{x:0,y,width:Math.max(2,WIDTH*times/most),height:22,
rx:4,class:"bar"},svg);element("text",{x:8,y:y+15},svg).textContent=`${name} (${times})`})}function drawNumbers(svg,values){
const[low,high]=spanOf(values);const counts=new Array(BARS).fill(0);for(const value of values)counts[Math.min(BARS-1,Math.
floor(BARS*(value-low)/(high-low)))]+=1;const most=Math.max(...counts);const step=WIDTH/BARS;element("line",{x1:0,x2:WIDTH,
y1:HEIGHT-EDGE,y2:HEIGHT-EDGE,class:"frame"},svg);counts.forEach((count,i)=>{const tall=(HEIGHT-2*EDGE)*count/most;element(
"rect",{x:i*step+1,y:HEIGHT-EDGE-tall,width:step-2,height:tall,class:"bar"},svg)});writeSpan(svg,low,high)}function drawPoints(svg,values){
const across=spanOf(values.map(([x])=>x));const up=spanOf(values.map(([,y])=>y));drawFrame(svg);for(const[x,y]of values){
const place={cx:at(x,across,EDGE,WIDTH-EDGE),cy:at(y,up,HEIGHT-EDGE,EDGE)};element("circle",{...place,r:5,class:"dot"},svg)}
writeSpan(svg,...across);element("text",{x:0,y:12},svg).textContent=`up: ${short(up[0])} to ${short(up[1])}`}function drawCurves(svg,values){
const span=spanOf(values.flat());drawFrame(svg);for(const curve of values){const points=curve.map((y,i)=>`${WIDTH*i/(curve.
length-1)},${at(y,span,HEIGHT-EDGE,EDGE)}`);element("polyline",{points:points.join(" "),class:"line"},svg)}element("text",
{x:0,y:12},svg).textContent=`${short(span[0])} to ${short(span[1])}`}function drawLoops(svg,values){const[across,up]=[0,
1].map(axis=>spanOf(values.flatMap(loop=>loop.filter((_,i)=>i%2===axis))));drawFrame(svg);for(const loop of values){const points=[];
for(let i=0;i+1<loop.length;i+=2){points.push(`${at(loop[i],across,EDGE,WIDTH-EDGE)},${at(loop[i+1],up,HEIGHT-EDGE,EDGE)}`)}
element("polygon",{points:points.join(" "),class:"line"},svg)}writeSpan(svg,...across);element("text",{x:0,y:12},svg).textContent=
`up: ${short(up[0])} to ${short(up[1])}`}var drawFrame=svg=>element("rect",{x:.5,y:17.5,width:WIDTH-1,height:HEIGHT-EDGE-
12,class:"frame"},svg);function spanOf(values){const[low,high]=[Math.min(...values),Math.max(...values)];return low<high?
[low,high]:[low-.5,high+.5]}var at=(value,[low,high],first,last)=>first+(last-first)*(value-low)/(high-low);var short=value=>String(
Number(value.toPrecision(3))).replace("-","−");function writeSpan(svg,low,high){element("text",{x:0,y:HEIGHT-6},svg).textContent=
short(low);element("text",{x:WIDTH,y:HEIGHT-6,"text-anchor":"end"},svg).textContent=short(high)}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var ASK_EVERY=1e3;var SURE=4e3;var ClassBoard=class extends Component{pages={};chosen="";state=null;isAsking=false;hasEnded=false;constructor(root){
super(root);this.output=root.querySelector("output");this.select=root.querySelector("select");this.select.onchange=()=>{
this.chosen=this.select.value;this.ask()};this.part("stop_all").onclick=()=>this.confirm("stop_all","Stop all runs");this.
part("reset_all").onclick=()=>this.confirm("reset_all","Reset all runs");this.part("show").onclick=()=>this.show();const timer=setInterval(
()=>this.ask(),ASK_EVERY);this.cleanups.add(()=>clearInterval(timer));this.cleanups.listen(document,["visibilitychange"],
()=>this.ask())}part(role){return this.root.querySelector(`[data-role=${role}]`)}load({pages}){this.pages=pages;this.ask()}async ask(){
if(document.hidden||this.isAsking)return;this.isAsking=true;try{const answer=await fetch(new URL(`class/board?${this.chosen}`,
document.baseURI));const state=await answer.json();if(!answer.ok)throw new Error(state.error);if(!this.hasEnded)this.draw(
state)}catch(error){this.part("pupils").textContent=`The board cannot be loaded: ${error instanceof Error?error.message:
error}`}finally{this.isAsking=false}}draw(state){this.state=state;const{here,away,pages,training,waiting,runs,toy}=state;
this.root.dataset.here=here;const say=(role,words)=>{if(this.part(role).textContent!==words)this.part(role).textContent=
words};say("pupils",`${plural(here,"pupil")} here${away?`, ${away} away for a moment`:""}.`);const names=pages.map(([path,
count])=>`${this.pages[path]??"another page"} ${count}`);say("pages",names.length?`Pages that are open: ${names.join(", ")}\
.`:"");say("runs",`Training: ${plural(training,"pupil")}. Waiting for a turn: ${waiting}. All runs on this machine: ${runs}\
.`);say("toy",toy.tried?beatInWords(toy):"Nobody has tried to beat the encoder on the page The bound yet.");this.drawQuestions(
state)}drawQuestions({questions,words,answers,display}){const isEmpty=questions.length===0;this.part("none").hidden=!isEmpty;
for(const role of["choose","show","csv","sheet"])this.part(role).hidden=isEmpty;const values=questions.map(([lesson,step,
question])=>queryOf(lesson,step,question));if(values.join()!==[...this.select.options].map(({value})=>value).join()){const options=questions.
map(([lesson,step,question],i)=>new Option(words[i]||`${lesson}, step ${step}: ${question}`,values[i]));this.select.replaceChildren(
...options)}const present=answers?queryOf(answers.lesson,answers.step,answers.question):"";this.select.value=present;this.
part("show").textContent=display&&queryOf(...display)===present?"Hide from the class":"Show the class";const text=JSON.stringify(
answers);const place=this.part("answers");if(place.dataset.answers===text)return;place.dataset.answers=text;place.replaceChildren();
if(answers)place.append(Object.assign(document.createElement("p"),{textContent:inWords(answers)}),drawAnswers(answers))}show(){
const{answers,display}=this.state??{};if(!answers)return;const{lesson,step,question}=answers;const isShown=display&&queryOf(
...display)===queryOf(lesson,step,question);this.order(isShown?{order:"hide"}:{order:"show",lesson,step,question})}confirm(order,words){
const button=this.part(order);if(button.dataset.sure){delete button.dataset.sure;button.textContent=words;this.order({order});
return}button.dataset.sure="asked";button.textContent=`${words}: press again`;setTimeout(()=>{delete button.dataset.sure;
button.textContent=words},SURE)}async order(order){const answer=await fetch(new URL("class/orders",document.baseURI),{method:"\
POST",body:JSON.stringify(order)}).catch(()=>null);const{runs}=answer?.ok?await answer.json():{runs:null};if(order.order.
endsWith("_all")){const done=order.order==="stop_all"?"stopped":"back at step 0";this.output.textContent=runs===null?"Th\
at did not work; try again.":`${plural(runs,"run")} ${done}.`}this.ask()}destroy(){super.destroy();this.hasEnded=true}};
var queryOf=(lesson,step,question)=>new URLSearchParams({lesson,step:String(step),question}).toString();var plural=(count,noun)=>`${count}\
 ${noun}${count===1?"":"s"}`;function beatInWords({tried,beat,lead}){const best=lead>0?`The best ELBO is ${fixed(lead,3)}\
 nats above the encoder's.`:`The best ELBO is ${fixed(-lead,3)} nats below the encoder's.`;return`Beat the encoder, on t\
he page The bound: ${plural(tried,"pupil")} tried, ${beat} did. ${best}`}var class_board_default=mounting(".class-board",
ClassBoard);export{class_board_default as default};
