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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};function listenToCharts(emitters2,onPlotted){const plots=document.querySelectorAll(".js-plotly-plot");for(const plot of plots){
if(!plot._ev||emitters2.has(plot._ev))continue;emitters2.add(plot._ev);plot.on?.("plotly_afterplot",()=>onPlotted(plot));
onPlotted(plot)}}var legendItems=plot=>[...plot.querySelectorAll(".legend .traces")].map(item=>({item,isVisible:item.__data__[0].
trace.visible===true}));function pressLegend(plot,item){plot._legendMouseDownTime=0;const place=item.querySelector(".leg\
endtoggle");for(const kind of["mousedown","mouseup"])place?.dispatchEvent(new MouseEvent(kind))}var emitters=new WeakSet;function openLegends(cleanups){const attach=()=>listenToCharts(emitters,mark);cleanups.watchPage(
attach);attach()}function mark(plot){for(const{item,isVisible}of legendItems(plot)){item.setAttribute("tabindex","0");item.
setAttribute("role","checkbox");item.setAttribute("aria-label",item.textContent??"");item.setAttribute("aria-checked",String(
isVisible));item.onkeydown=event=>{if(event.key!=="Enter"&&event.key!==" ")return;event.preventDefault();if(!event.repeat)
pressLegend(plot,item)}}}var PAUSE=400;var FINGER=6;var TEXTS="[data-testid=stMarkdownContainer], [data-testid=stImageCaption], [data-testid=stTa\
ble], [data-testid=stMetric]";var OTHERS="a, button, code, input, select, textarea, summary, [role=radio], [role=option]\
, .katex, [data-testid=stHeading]";var WordMarks=class extends Component{marks=[];keys=[];form=/(?!)/g;timer=0;constructor(root){
super(root);if(!CSS.highlights)return;const observer=new MutationObserver(()=>this.lookSoon());observer.observe(document.
body,{childList:true,subtree:true,characterData:true});this.cleanups.add(()=>observer.disconnect());this.cleanups.listen(
document,["click"],event=>this.press(event));this.cleanups.add(()=>{clearTimeout(this.timer);CSS.highlights.delete("glos\
sary")})}load({header:{patterns}}){if(this.keys.length)return;this.keys=patterns.map(([,key])=>key);this.form=new RegExp(
patterns.map(([pattern])=>`(${pattern})`).join("|"),"g");this.lookSoon()}lookSoon(){this.timer||=window.setTimeout(()=>{
this.timer=0;this.look()},PAUSE)}look(){if(!CSS.highlights)return;const marks=[...document.querySelectorAll(TEXTS)].flatMap(
text=>this.marksIn(text));if(marks.length===this.marks.length&&marks.every((mark2,i)=>isSame(mark2,this.marks[i])))return;
this.marks=marks;CSS.highlights.set("glossary",new Highlight(...marks.map(({range})=>range)))}marksIn(text){const marks=new Map;
const walker=document.createTreeWalker(text,NodeFilter.SHOW_TEXT);for(let node=walker.nextNode();node;node=walker.nextNode()){
const parent=node.parentElement;if(!parent||parent.closest(OTHERS)||parent.closest(TEXTS)!==text)continue;for(const match of(node.
nodeValue??"").matchAll(this.form)){const key=this.keys[match.findIndex((group,i)=>i>0&&group!==void 0)-1];if(marks.has(
key))continue;const range=document.createRange();range.setStart(node,match.index);range.setEnd(node,match.index+match[0].
length);marks.set(key,{range,key})}}return[...marks.values()]}press({target,clientX,clientY}){if(!(target instanceof Element)||
target.closest(OTHERS))return;const text=target.closest(TEXTS);const mark2=this.marks.find(({range})=>text?.contains(range.
startContainer)&&isAt(range,clientX,clientY));if(mark2)this.component?.setTriggerValue("word",mark2.key)}};function isAt(range,x,y){
return[...range.getClientRects()].some(({left,right,top,bottom})=>x>left-FINGER&&x<right+FINGER&&y>top-FINGER&&y<bottom+
FINGER)}function isSame(one,other){return one.key===other.key&&one.range.startContainer===other.range.startContainer&&one.
range.startOffset===other.range.startOffset&&one.range.endOffset===other.range.endOffset}var PageMarks=class extends WordMarks{constructor(root){super(root);openLegends(this.cleanups)}};var page_marks_default=mounting(
".page-marks",PageMarks);export{page_marks_default as default};
