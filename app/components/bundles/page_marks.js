var FOCUSABLE="a[href], button, input, textarea, summary, canvas, [tabindex]";var ROW="[data-testid=stHorizontalBlock], \
[data-testid=stVerticalBlock]";var DIALOG="[data-testid=stDialog] [role=dialog]";var STATE="data-test-script-state";var SETTLE=250;
var HEIRS={train_start:["train_pause","train_resume","train_map"],train_pause:["train_resume","train_map","train_start"],
train_resume:["train_pause","train_map","train_start"],train_step:["train_resume","train_map","train_start"],train_stop:[
"train_map","train_start"],train_reset:["train_resume","train_start"],train_map:["train_pause","train_resume","train_sta\
rt"]};var FocusKeeper=class{seat=null;stand=null;timer=0;constructor(cleanups){cleanups.listen(document,["focusin"],({target})=>target!==
this.stand&&this.sit(target));cleanups.listen(document,["pointerdown"],({target})=>this.seat?.element.contains(target)||
(this.seat=null),true);const look={childList:true,subtree:true,attributes:true,attributeFilter:["disabled",STATE]};cleanups.
watch(new MutationObserver(()=>this.look()),observer=>observer.observe(document.body,look));const lookAtDialog=()=>lonelyDialog()&&
this.restoreSoon();cleanups.watch(new MutationObserver(lookAtDialog),observer=>observer.observe(document.body,{childList:true}));
cleanups.listen(document,["focusout"],lookAtDialog,true);cleanups.add(()=>clearTimeout(this.timer))}sit(element2){clearTimeout(
this.timer);this.timer=0;this.stand=null;this.seat=seatOf(element2)}look(){const{seat}=this;if(!seat||!this.isLost(seat))
return;const heirs=HEIRS[seat.keys[0]];if(heirs)this.pass(seat,heirs);else this.restoreSoon()}restoreSoon(){this.timer||=
window.setTimeout(()=>this.restore(),SETTLE)}isLost({element:element2,page}){const active=document.activeElement;if(active&&
active!==document.body&&active!==element2&&active!==this.stand)return false;return location.pathname===page&&(!element2.
isConnected||element2.matches(":disabled"))}pass(seat,heirs){const isOver=document.querySelector(`[${STATE}]`)?.getAttribute(
STATE)==="notRunning";const keys=[seat.keys[0],...isOver?heirs:heirs.slice(0,1)];const heir=keys.map(buttonOf).find(button2=>button2&&
!button2.disabled);this.stand=heir?null:seat.rows.find(row=>row.isConnected)??null;if(this.stand)this.stand.tabIndex=-1;
const next=heir??this.stand;next?.focus({preventScroll:true})}restore(){this.timer=0;const{seat}=this;const next=lonelyDialog()??
(seat&&this.isLost(seat)?heirOf(seat):null);next?.focus({preventScroll:true})}};function lonelyDialog(){const dialog=document.
querySelector(DIALOG);const{activeElement}=document;const isElsewhere=!activeElement||activeElement===document.body||activeElement.
closest("[data-testid=stApp]");return dialog&&isElsewhere&&!dialog.contains(activeElement)?dialog:null}function seatOf(element2){
const holders=ancestors(element2,"[class*=st-key-]");const places=holders.map(holder=>focusables(holder,true).indexOf(element2));
const keys=holders.map(({className})=>className.match(/st-key-([\w-]+)/)[1]);const rows=ancestors(element2,ROW);const before=rows.
length?focusables(rows[0],true):[];return{element:element2,page:location.pathname,keys,places,rows,before}}function buttonOf(key){
const buttons=document.querySelectorAll(`${byKey(key)} button`);return[...buttons].find(button2=>button2.checkVisibility())}
function heirOf({element:element2,keys,places,rows,before}){const at=before.indexOf(element2);const neighbours=[...before.
slice(at+1),...before.slice(0,Math.max(0,at)).reverse()];const[same,...outer]=keys.map((key,i)=>inHolder(document.querySelector(
byKey(key)),places[i]));const beside=neighbours.find(other=>other.isConnected&&!other.matches(":disabled")&&other.getClientRects().
length);return same??beside??[...outer,...rows.map(row=>inHolder(row,0))].find(Boolean)}var byKey=key=>`.${CSS.escape(`s\
t-key-${key}`)}`;function inHolder(holder,place){const heirs=holder?.isConnected?focusables(holder):[];return heirs[Math.
min(Math.max(0,place),heirs.length-1)]}function focusables(holder,andDisabled=false){const nodes=holder.querySelectorAll(
FOCUSABLE);return[...nodes].filter(node=>node.tabIndex>=0&&node.getClientRects().length&&(andDisabled||!node.matches(":d\
isabled")))}function ancestors(element2,selector){const matches=[];let node=element2.closest(selector);for(;node;node=node.
parentElement?.closest(selector)??null)matches.push(node);return matches}function listenToCharts(emitters2,onPlotted){const plots=document.querySelectorAll(".js-plotly-plot");for(const plot of plots){
if(!plot._ev||emitters2.has(plot._ev))continue;emitters2.add(plot._ev);plot.on?.("plotly_afterplot",()=>onPlotted(plot));
onPlotted(plot)}}var legendItems=plot=>[...plot.querySelectorAll(".legend .traces")].map(item=>({item,isVisible:item.__data__[0].
trace.visible===true}));function pressLegend(plot,item){plot._legendMouseDownTime=0;const place=item.querySelector(".leg\
endtoggle");for(const kind of["mousedown","mouseup"])place?.dispatchEvent(new MouseEvent(kind))}var emitters=new WeakSet;var markLegends=()=>listenToCharts(emitters,mark);function mark(plot){for(const{item,isVisible}of legendItems(
plot)){item.setAttribute("tabindex","0");item.setAttribute("role","checkbox");item.setAttribute("aria-label",item.textContent??
"");item.setAttribute("aria-checked",String(isVisible));item.onkeydown=event=>{if(event.key!=="Enter"&&event.key!==" ")return;
event.preventDefault();if(!event.repeat)pressLegend(plot,item)}}}var PLANES=["canvas[data-role=decoded]:not(.twin *)",".twin canvas[data-role=plane]",".steering input","canvas[role=appl\
ication]","[data-handle]",".time-travel input, .path-player input, .bit-tower input",".plane-name","[class*=_plane] :is(\
.plane-axes, .js-plotly-plot)"];var SkipLinks=class{constructor(cleanups){document.querySelector(".skip-links")?.remove();
this.nav=Object.assign(document.createElement("nav"),{className:"skip-links"});this.nav.setAttribute("aria-label","Skip");
this.toPlane=button("Skip to the map",planeOfPage);this.toRun=button("Skip to the run's buttons",runButton);this.nav.append(
this.toPlane,this.toRun,button("Skip to the page",titleOfPage));document.body.prepend(this.nav);cleanups.add(()=>this.nav.
remove())}look(){this.toPlane.hidden=planeOfPage()===null;this.toRun.hidden=runButton()===null}};function button(text,find){
const node=Object.assign(document.createElement("button"),{type:"button",textContent:text});node.onclick=()=>{const target=find();
if(target&&!target.matches("a, button, input, [tabindex]"))target.tabIndex=-1;target?.focus()};return node}function planeOfPage(){
for(const selector of PLANES){const planes=document.querySelectorAll(`[data-testid=stMain] :is(${selector})`);const visible=[
...planes].find(plane=>plane.getClientRects().length>0);if(visible)return visible}return null}var runButton=()=>document.
querySelector("[data-testid=stMain] .st-key-train_buttons button:not(:disabled)");var titleOfPage=()=>document.querySelector(
"[data-testid=stMain] h1");var PAUSE=300;var SCROLLING="pre, .katex-display, [data-testid=stTable] div, [data-testid=stMarkdownContainer] table";var FOCUSABLE2="\
a[href], button, input, select, textarea, [tabindex]";function openKeyboard(cleanups){const skip=new SkipLinks(cleanups);
new FocusKeeper(cleanups);let timer=0;const look=()=>{timer=0;skip.look();markScrolling();for(const place of document.querySelectorAll(
"[data-testid=stFileUploaderDropzone][role=presentation]"))place.setAttribute("role","group");for(const menu of document.
querySelectorAll("body > :not(#root, [role]):has([role=listbox])")){menu.setAttribute("role","region");menu.setAttribute(
"aria-label","Menu")}};cleanups.watchPage(()=>{markLegends();timer||=window.setTimeout(look,PAUSE)});cleanups.add(()=>clearTimeout(
timer));markLegends();look()}function markScrolling(){const regions=document.querySelectorAll(SCROLLING);for(const region of regions){
const scrolls=region.scrollWidth>region.clientWidth+1&&getComputedStyle(region).overflowX!=="visible";if(scrolls&&!region.
querySelector(FOCUSABLE2))region.tabIndex=0;else if(region.tabIndex===0)region.removeAttribute("tabindex")}}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var PHONE=768;function shutMenu(){if(innerWidth>PHONE)return;for(const key of Object.keys(localStorage))if(key.startsWith(
"stSidebarCollapsed-"))localStorage.removeItem(key)}function shutAfterChoice(event){const isChoice=event.target instanceof
Element&&event.target.closest("[data-testid=stSidebarNavLink]");if(innerWidth>PHONE||!isChoice)return;document.querySelector(
"[data-testid=stMain]")?.scrollTo(0,0);const button2=document.querySelector("[data-testid=stSidebarCollapseButton] butto\
n");if(button2 instanceof HTMLElement)button2.click()}function showRun(event){const isStart=event.target instanceof Element&&
event.target.closest(".st-key-train_start button");if(innerWidth<=PHONE&&isStart)document.querySelector(".st-key-train_f\
irst, .st-key-train_buttons")?.scrollIntoView()}function showFinger({pointerType,target,clientX,clientY}){if(pointerType!==
"touch"||!(target instanceof Element))return;target.closest(".js-plotly-plot .nsewdrag")?.dispatchEvent(new MouseEvent("\
mousemove",{bubbles:true,clientX,clientY}))}function helpOnPhone(cleanups){cleanups.listen(window,["pagehide"],shutMenu);
cleanups.listen(document,["click"],shutAfterChoice);cleanups.listen(document,["click"],showRun);cleanups.listen(document,
["pointerdown"],showFinger,true)}function element(tag,properties={}){return Object.assign(document.createElement(tag),properties)}var REST=250;var WIDTH=352;var GAP=6;var WordTip=class{tip=element("div",{className:"word-tip",role:"tooltip",hidden:true});timer=0;key="";range=document.
createRange();constructor(cleanups,markAt,entryOf,open){this.entryOf=entryOf;this.all=element("button",{type:"button",textContent:"\
All words",onclick:()=>this.openPanel(open)});const isInside=target=>target instanceof Node&&this.tip.contains(target);cleanups.
listen(document,["pointermove"],event=>event.pointerType==="mouse"&&!this.isPressed&&this.follow(markAt(event)));cleanups.
listen(document,["pointerdown","keydown"],({target})=>!isInside(target)&&this.follow(void 0),true);cleanups.listen(document,
["scroll"],({target})=>!isInside(target)&&(this.isPressed?this.place():this.follow(void 0)),true);cleanups.add(()=>{clearTimeout(
this.timer);this.tip.remove();document.body.classList.remove("on-word")})}get isPressed(){return this.tip.classList.contains(
"pressed")}follow(mark2){if((mark2?.key??"")===this.key)return;this.key=mark2?.key??"";clearTimeout(this.timer);this.tip.
hidden=true;this.tip.classList.remove("pressed");document.body.classList.toggle("on-word",mark2!==void 0);if(mark2)this.
timer=window.setTimeout(()=>this.show(mark2,this.entryOf(mark2.key)[1]),REST)}press(mark2){clearTimeout(this.timer);this.
key=mark2.key;const[name,meaning,mathml,example]=this.entryOf(mark2.key);const lines=[[name,meaning],["Example",example]].
map(([title,text])=>{const line=element("div");line.append(element("b",{textContent:title}),`: ${text}`);return line});this.
tip.classList.add("pressed");this.show(mark2,...lines,element("div",{innerHTML:mathml}),this.all)}openPanel(open){const{
key}=this;this.follow(void 0);open(key)}show({range},...parts){this.range=range;this.tip.replaceChildren(...parts);this.
tip.hidden=false;document.body.append(this.tip);this.place()}place(){const{tip}=this;const{left,top,bottom}=this.range.getBoundingClientRect();
tip.style.left=`${Math.max(GAP,Math.min(left,innerWidth-WIDTH-GAP))}px`;const isLow=bottom+GAP+tip.offsetHeight>innerHeight&&
top>innerHeight-bottom;tip.style.top=`${isLow?top-GAP-tip.offsetHeight:bottom+GAP}px`}};var PAUSE2=400;var FINGER=6;var TEXTS="[data-testid=stMarkdownContainer], [data-testid=stImageCaption], [data-testid=stT\
able], [data-testid=stMetric], [data-words]";var OTHERS="a, button, code, input, select, textarea, summary, [role=radio]\
, [role=option], .katex, [data-testid=stHeading]";var WordMarks=class extends Component{marks=[];keys=[];entries={};form=/(?!)/g;timer=0;constructor(root){
super(root);if(!CSS.highlights)return;const observer=new MutationObserver(changes=>changes.some(isInText)&&this.lookSoon());
observer.observe(document.body,{childList:true,subtree:true,characterData:true});this.cleanups.add(()=>observer.disconnect());
const open=key=>this.component?.setTriggerValue("word",key);this.tip=new WordTip(this.cleanups,event=>this.markAt(event),
key=>this.entries[key],open);this.cleanups.listen(document,["click"],event=>this.press(event,open));this.cleanups.add(()=>{
clearTimeout(this.timer);CSS.highlights.delete("glossary")})}load({header:{patterns,entries}}){if(this.keys.length)return;
this.entries=entries;this.keys=patterns.map(([,key])=>key);this.form=new RegExp(patterns.map(([pattern])=>`(${pattern})`).
join("|"),"g");this.lookSoon()}lookSoon(){this.timer||=window.setTimeout(()=>{this.timer=0;this.look()},PAUSE2)}look(){if(!CSS.
highlights)return;const marks=[...document.querySelectorAll(TEXTS)].flatMap(text=>this.marksIn(text));if(marks.length===
this.marks.length&&marks.every((mark2,i)=>isSame(mark2,this.marks[i])))return;this.marks=marks;CSS.highlights.set("gloss\
ary",new Highlight(...marks.map(({range})=>range)))}marksIn(text){const marks=new Map;const walker=document.createTreeWalker(
text,NodeFilter.SHOW_TEXT);for(let node=walker.nextNode();node;node=walker.nextNode()){const parent=node.parentElement;if(!parent||
parent.closest(OTHERS)||parent.closest(TEXTS)!==text)continue;for(const match of(node.nodeValue??"").matchAll(this.form)){
const key=this.keys[match.findIndex((group,i)=>i>0&&group!==void 0)-1];if(marks.has(key))continue;const range=document.createRange();
range.setStart(node,match.index);range.setEnd(node,match.index+match[0].length);marks.set(key,{range,key})}}return[...marks.
values()]}press(event,open){const mark2=this.markAt(event);if(!mark2)return;if(mark2.range.startContainer.parentElement?.
closest("[role=dialog]"))open(mark2.key);else this.tip?.press(mark2)}markAt({target,clientX,clientY}){const text=target instanceof
Element&&!target.closest(OTHERS)?target.closest(TEXTS):null;return text?this.marks.find(({range})=>text.contains(range.startContainer)&&
isAt(range,clientX,clientY)):void 0}};function isInText({target,addedNodes,removedNodes}){const element2=target instanceof
Element?target:target.parentElement;if(element2?.closest(TEXTS))return true;return[...addedNodes,...removedNodes].some(node=>node instanceof
Element&&(node.matches(TEXTS)||node.querySelector(TEXTS)))}function isAt(range,x,y){return[...range.getClientRects()].some(
({left,right,top,bottom})=>x>left-FINGER&&x<right+FINGER&&y>top-FINGER&&y<bottom+FINGER)}function isSame(mark2,other){return mark2.
key===other.key&&mark2.range.startContainer===other.range.startContainer&&mark2.range.startOffset===other.range.startOffset&&
mark2.range.endOffset===other.range.endOffset}var PageMarks=class extends WordMarks{constructor(root){super(root);openKeyboard(this.cleanups);helpOnPhone(this.cleanups)}load(packed){
super.load(packed);const app=document.querySelector("[data-testid=stApp]");if(app)document.body.style.colorScheme=getComputedStyle(
app).colorScheme}};var page_marks_default=mounting(".page-marks",PageMarks);export{page_marks_default as default};
