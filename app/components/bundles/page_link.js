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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var OWN=["twin","twin_axes","moment","path_place","chain_step","hidden_classes"];var WANTED="link-wanted";function pageLink(){const address=new URL(location.href);window.dispatchEvent(new CustomEvent(WANTED,{detail:address.searchParams}));
return address.href}function countSteps(steps){if(history.pushState.name==="writeAddress")return;const push=history.pushState.bind(history);
const replace=history.replaceState.bind(history);let isHand=false;const cleanups=new Cleanups;cleanups.listen(window,["p\
ointerdown","keydown","click"],()=>isHand=true,true);cleanups.listen(window,["popstate"],()=>isHand=false,true);const writeAddress=(state,unused,url)=>{
const address=new URL(url??"",location.href);const isOtherPage=address.pathname!==location.pathname;if(!isOtherPage&&!state?.
own)keepOwn(address);const isStep=isHand&&(isOtherPage||steps.some(key=>isChanged(address,key)));if(isStep)isHand=false;
(isStep?push:replace)(state,unused,address)};history.pushState=history.replaceState=writeAddress}function keepOwn(address){
const own=new URLSearchParams(location.search);for(const key of OWN){const value=own.get(key);if(value===null)address.searchParams.
delete(key);else address.searchParams.set(key,value)}}function isChanged(address,key){const before=new URLSearchParams(location.
search).getAll(key);const after=address.searchParams.getAll(key);return before.join("\n")!==after.join("\n")}var PAPER=700;var ROWS="[data-testid=stHorizontalBlock]";var PLACES=":is([data-testid=stColumn], [data-testid=stLayoutWr\
apper], [data-testid=stElementContainer], [class*=st-key-])";var DRAWINGS=":is(canvas, .plane-axes, [data-testid=stPlotl\
yChart], .js-plotly-plot, :has(> [data-testid=stPlotlyChart]), [data-testid=stElementContainer]:has([data-testid=stPlotl\
yChart]))";var frozen=[];function freeze(){if(frozen.length)return;const page=document.querySelector("[data-testid=stMai\
nBlockContainer]");if(!page)return;const{paddingLeft,paddingRight}=getComputedStyle(page);const width=page.clientWidth-parseFloat(
paddingLeft)-parseFloat(paddingRight);const inside=[...page.querySelectorAll(`${PLACES}, ${DRAWINGS}, ${ROWS}`)];const styles=inside.
filter(element=>element.clientHeight).map(element=>[element,sizeOf(element)]);keep(page,{width:`${width}px`,"min-width":"\
0","max-width":"none",flex:"none"});for(const[element,style]of styles)keep(element,style);const root=document.documentElement;
root.style.setProperty("--print-zoom",String(Math.min(1,PAPER/width)));root.classList.toggle("printed-dark",isDark())}function thaw(){
for(const[element,values]of frozen){for(const[name,value]of values)element.style.setProperty(name,value)}frozen=[];document.
documentElement.classList.remove("printed-dark")}function sizeOf(element){const{width,height}=element.getBoundingClientRect();
const{display,flexDirection,flexWrap,order}=getComputedStyle(element);const style={order,width:`${width}px`,"min-width":`${width}\
px`,"max-width":`${width}px`,flex:"none"};if(element.matches(DRAWINGS))return{...style,height:`${height}px`,"max-height":"\
none"};return element.matches(ROWS)?{display,"flex-direction":flexDirection,"flex-wrap":flexWrap}:style}function keep(element,style){
frozen.push([element,new Map(Object.keys(style).map(name=>[name,element.style.getPropertyValue(name)]))]);for(const[name,
value]of Object.entries(style))element.style.setProperty(name,value)}function isDark(){const colour=getComputedStyle(document.
querySelector("[data-testid=stApp]")??document.body).backgroundColor;const[red,green,blue]=(colour.match(/\d+/g)??["255",
"255","255"]).map(Number);return red+green+blue<384}var SAID_MS=4e3;var PageLink=class extends Component{codes="";timer=0;printed=Object.assign(document.createElement("figu\
re"),{className:"page-link-printed"});constructor(root){super(root);this.field=root.querySelector("input");this.output=root.
querySelector("output");const button=root.querySelector("button");button.onclick=()=>this.copy();this.field.onblur=()=>this.
field.hidden=true;const paper=window.matchMedia("print");this.cleanups.listen(window,["beforeprint"],()=>{freeze();this.
prepare()});this.cleanups.listen(window,["afterprint"],thaw);this.cleanups.listen(paper,["change"],()=>paper.matches&&this.
prepare());this.cleanups.add(()=>{clearTimeout(this.timer);this.printed.remove()})}load({steps,codes}){this.codes=codes;
countSteps(steps)}async copy(){const link=pageLink();try{await navigator.clipboard.writeText(link);this.say("Copied")}catch{
this.offer(link)}}offer(link){this.field.hidden=false;this.field.value=link;this.field.focus();this.field.select();if(document.
execCommand("copy")){this.field.blur();this.say("Copied")}else this.say("Copy the link from here:")}say(text){clearTimeout(
this.timer);this.output.textContent=text;this.timer=window.setTimeout(()=>this.output.textContent="",SAID_MS)}prepare(){
const link=pageLink();document.querySelector("[data-testid=stMainBlockContainer]")?.append(this.printed);if(this.printed.
textContent===link)return;const caption=Object.assign(document.createElement("figcaption"),{textContent:link});this.printed.
replaceChildren(...this.codeOf(link),caption)}codeOf(link){const request=new XMLHttpRequest;request.open("GET",`${this.codes}\
?${encodeURIComponent(link)}`,false);try{request.send()}catch{return[]}const drawing=new DOMParser().parseFromString(request.
responseText,"image/svg+xml").documentElement;return request.status===200&&drawing.localName==="svg"?[document.importNode(
drawing,true)]:[]}};var page_link_default=mounting(".page-link",PageLink);export{page_link_default as default};
