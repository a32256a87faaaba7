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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var OWN=["twin","twin_axes","moment","path_place","chain_step","tower_step","slow_image","sketch_point","hidden_classes"];
var OF_ASKED=["lesson","step"];var WANTED="link-wanted";function pageLink(){const address=new URL(location.href);window.dispatchEvent(new CustomEvent(WANTED,{detail:address.searchParams}));
return address.href}var linkForOthers=(link,origin)=>origin?link.replace(new URL(link).origin,origin):link;var LOCAL_ONLY="\
Only this computer can open this link.";var isLocal=link=>/^(localhost|127\.|\[::1\])/.test(new URL(link).hostname);var pathNow=()=>`\
/${location.pathname.split("/").pop()}`;function goTo(path,search){const address=new URL(`.${path}`,document.baseURI);address.
search=search.toString();history[path===pathNow()?"replaceState":"pushState"]({own:true,isAsked:true},"",address);window.
dispatchEvent(new PopStateEvent("popstate",{state:history.state}))}function put(params,key,text){if(text)params.set(key,
text);else params.delete(key)}function countSteps(steps){if(history.pushState.name==="writeAddress")return;const push=history.
pushState.bind(history);const replace=history.replaceState.bind(history);let isHand=false;let asked=null;const cleanups=new Cleanups;
cleanups.listen(window,["pointerdown","keydown","click"],()=>isHand=true,true);cleanups.listen(window,["click"],()=>asked=
null,true);cleanups.listen(window,["popstate"],event=>{isHand=false;if(event.isTrusted)asked=null},true);const writeAddress=(state,unused,url)=>{
const address=new URL(url??"",location.href);const isOtherPage=address.pathname!==location.pathname;if(state?.isAsked)asked=
address;else if(isOtherPage)asked=null;else if(asked&&isOld(asked,address)){asked=null;setTimeout(()=>window.dispatchEvent(
new PopStateEvent("popstate",{state:history.state})));return}if(!isOtherPage&&!state?.own)keepOwn(address);const isStep=isHand&&
(isOtherPage||steps.some(key=>isChanged(address,key)));if(isStep)isHand=false;(isStep?push:replace)(state,unused,address)};
history.pushState=history.replaceState=writeAddress}var isOld=(asked,address)=>OF_ASKED.some(key=>asked.searchParams.has(
key)&&address.searchParams.get(key)!==asked.searchParams.get(key));function keepOwn(address){const own=new URLSearchParams(
location.search);for(const key of OWN){const value=own.get(key);if(value===null)address.searchParams.delete(key);else address.
searchParams.set(key,value)}}function isChanged(address,key){const before=new URLSearchParams(location.search).getAll(key);
const after=address.searchParams.getAll(key);return before.join("\n")!==after.join("\n")}function element(tag,properties={}){return Object.assign(document.createElement(tag),properties)}var LONGEST_QUESTION=200;var LinkPanel=class{parts="";origin="";madeLink="";panel=null;table={parts:[],seeds:[]};constructor(root,button,cleanups,copy,codeOf){
this.root=root;this.button=button;this.copy=copy;this.codeOf=codeOf;button.onclick=()=>this.panel?this.shut():this.open();
cleanups.listen(window,["popstate"],()=>this.shut());cleanups.listen(document,["keydown"],event=>{if(event.key==="Escape"&&
!document.querySelector("[role=dialog]"))this.shut()});cleanups.add(()=>this.shut())}async open(){try{const answer=await fetch(
new URL(this.parts,document.baseURI));if(answer.ok)this.table=await answer.json()}catch{}this.shut();this.panel=this.made();
this.root.append(this.panel);this.button.setAttribute("aria-expanded","true");this.change();this.panel.querySelector("in\
put")?.focus()}shut(){if(!this.panel)return;const hadFocus=this.panel.contains(document.activeElement);this.panel.remove();
this.panel=null;this.button.setAttribute("aria-expanded","false");if(hadFocus)this.button.focus()}made(){const search=new URLSearchParams(
location.search);const hidden=(search.get("hide")??"").split(",");const panel=element("div",{className:"link-panel"});panel.
setAttribute("role","group");panel.setAttribute("aria-label","Link for a class");this.ask=element("input",{type:"text",maxLength:LONGEST_QUESTION,
value:search.get("ask")??""});this.ask.placeholder="Where is the 7?";this.projector=element("input",{type:"checkbox",checked:search.
get("projector")==="1"});const boxes=element("fieldset");boxes.append(element("legend",{textContent:"Hide from the page"}));
this.boxes=this.table.parts.filter(([name,selector])=>hidden.includes(name)||isOnPage(selector)).map(([name,,words])=>{const box=element(
"input",{type:"checkbox",value:name,checked:hidden.includes(name)});boxes.append(labelled(words,box,true));return box});
this.link=element("input",{type:"text",readOnly:true});this.link.setAttribute("aria-label","The link");this.code=element(
"div",{className:"link-code"});panel.append(element("p",{textContent:`A link for your class: this page as it is now, wit\
h what you choose here. ${isLocal(linkForOthers(pageLink(),this.origin))?LOCAL_ONLY:""}`.trim()}),labelled("The question\
 to ask",this.ask),boxes,...this.seedField(search),labelled("Projector mode: large letters, thick lines, no tool bars",this.
projector,true),this.link,this.buttons(),this.code);panel.oninput=()=>this.change();return panel}seedField(search){const key=this.
table.seeds.find(seed=>document.querySelector(`.st-key-${seed} input`));this.seed=key?element("input",{type:"number",min:"\
0",step:"1",name:key}):null;if(!this.seed)return[];const field=document.querySelector(`.st-key-${key} input`);this.seed.
value=search.get(key)??field.value;this.seed.max=field.max;return[labelled("Seed",this.seed)]}buttons(){const row=element(
"div",{className:"link-buttons"});const button=(text,act)=>{const node=element("button",{type:"button",textContent:text});
node.onclick=act;row.append(node)};button("Copy this link",()=>this.copy(this.madeLink));button("Try it here",()=>{const{
searchParams}=new URL(this.madeLink);this.shut();goTo(pathNow(),searchParams)});button("Show its QR code",()=>this.code?.
replaceChildren(...this.codeOf(this.madeLink)));return row}change(){const address=new URL(pageLink());const search=address.
searchParams;put(search,"hide",(this.boxes??[]).filter(({checked})=>checked).map(({value})=>value).join());put(search,"a\
sk",this.ask?.value.trim()??"");put(search,"projector",this.projector?.checked?"1":"");if(this.seed?.value&&this.seed.validity.
valid)put(search,this.seed.name,this.seed.value);this.madeLink=linkForOthers(address.href,this.origin);if(this.link)this.
link.value=this.madeLink;this.code?.replaceChildren()}};var isOnPage=selector=>[...document.querySelectorAll(selector)].
some(part=>part.checkVisibility());function labelled(words,input,isBox=false){const label=element("label",{className:isBox?
"link-box":""});label.append(...isBox?[input,words]:[words,input]);return label}var PAPER=700;var ROWS="[data-testid=stHorizontalBlock]";var PLACES=":is([data-testid=stColumn], [data-testid=stLayoutWr\
apper], [data-testid=stElementContainer], [class*=st-key-])";var DRAWINGS=":is(canvas, .plane-axes, [data-testid=stPlotl\
yChart], .js-plotly-plot, :has(> [data-testid=stPlotlyChart]), [data-testid=stElementContainer]:has([data-testid=stPlotl\
yChart]))";var frozen=[];function freeze(){if(frozen.length)return;const page=document.querySelector("[data-testid=stMai\
nBlockContainer]");if(!page)return;const{paddingLeft,paddingRight}=getComputedStyle(page);const width=page.clientWidth-parseFloat(
paddingLeft)-parseFloat(paddingRight);const inside=[...page.querySelectorAll(`${PLACES}, ${DRAWINGS}, ${ROWS}`)];const styles=inside.
filter(element2=>element2.clientHeight).map(element2=>[element2,sizeOf(element2)]);keep(page,{width:`${width}px`,"min-wi\
dth":"0","max-width":"none",flex:"none"});for(const[element2,style]of styles)keep(element2,style);const root=document.documentElement;
root.style.setProperty("--print-zoom",String(Math.min(1,PAPER/width)));root.classList.toggle("printed-dark",isDark())}function thaw(){
for(const[element2,values]of frozen){for(const[name,value]of values)element2.style.setProperty(name,value)}frozen=[];document.
documentElement.classList.remove("printed-dark")}function sizeOf(element2){const{width,height}=element2.getBoundingClientRect();
const{display,flexDirection,flexWrap,order}=getComputedStyle(element2);const style={order,width:`${width}px`,"min-width":`${width}\
px`,"max-width":`${width}px`,flex:"none"};if(element2.matches(DRAWINGS))return{...style,height:`${height}px`,"max-height":"\
none"};return element2.matches(ROWS)?{display,"flex-direction":flexDirection,"flex-wrap":flexWrap}:style}function keep(element2,style){
frozen.push([element2,new Map(Object.keys(style).map(name=>[name,element2.style.getPropertyValue(name)]))]);for(const[name,
value]of Object.entries(style))element2.style.setProperty(name,value)}function isDark(){const colour=getComputedStyle(document.
querySelector("[data-testid=stApp]")??document.body).backgroundColor;const[red,green,blue]=(colour.match(/\d+/g)??["255",
"255","255"]).map(Number);return red+green+blue<384}var SAID_MS=4e3;var AWAY=120;var PageLink=class extends Component{codes="";origin="";timer=0;printed=element("figure",{className:"\
page-link-printed"});printedLink="";constructor(root){super(root);this.field=root.querySelector("input");this.output=root.
querySelector("output");const button=role=>root.querySelector(`[data-role=${role}]`);button("copy").onclick=()=>this.copy(
pageLink());button("leave").onclick=()=>leaveProjector();this.panel=new LinkPanel(root,button("make"),this.cleanups,link=>this.
copy(link),link=>this.codeOf(link));this.field.onblur=()=>this.field.hidden=true;this.cleanups.listen(document,["scroll"],
event=>this.makeRoom(event),true);const paper=window.matchMedia("print");this.cleanups.listen(window,["beforeprint"],()=>{
freeze();this.prepare()});this.cleanups.listen(window,["afterprint"],thaw);this.cleanups.listen(paper,["change"],()=>paper.
matches&&this.prepare());this.cleanups.add(()=>{clearTimeout(this.timer);this.printed.remove()})}load({steps,codes,parts,
origin}){Object.assign(this,{codes,origin});Object.assign(this.panel,{parts,origin});countSteps(steps)}makeRoom({target}){
if(target instanceof HTMLElement&&target.dataset.testid==="stMain")this.root.toggleAttribute("data-away",target.scrollTop>
AWAY)}async copy(link){try{await navigator.clipboard.writeText(link);this.say("Copied")}catch{this.offer(link)}}offer(link){
this.field.hidden=false;this.field.value=link;this.field.focus();this.field.select();if(document.execCommand("copy")){this.
field.blur();this.say("Copied")}else this.say("Copy the link from here:")}say(text){clearTimeout(this.timer);this.output.
textContent=text;this.timer=window.setTimeout(()=>this.output.textContent="",SAID_MS)}prepare(){const link=linkForOthers(
pageLink(),this.origin);document.querySelector("[data-testid=stMainBlockContainer]")?.append(this.printed);if(this.printedLink===
link)return;this.printedLink=link;const caption=element("figcaption",{textContent:link});this.printed.replaceChildren(...this.
codeOf(link),caption,...isLocal(link)?[element("p",{textContent:LOCAL_ONLY})]:[])}codeOf(link){const request=new XMLHttpRequest;
request.open("GET",`${this.codes}?${encodeURIComponent(link)}`,false);try{request.send()}catch{return[]}const drawing=new DOMParser().
parseFromString(request.responseText,"image/svg+xml").documentElement;return request.status===200&&drawing.localName==="\
svg"?[document.importNode(drawing,true)]:[]}};function leaveProjector(){const search=new URL(pageLink()).searchParams;search.
delete("projector");goTo(pathNow(),search)}var page_link_default=mounting(".page-link",PageLink);export{page_link_default as default};
