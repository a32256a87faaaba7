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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var UNKNOWN="–";var CARD=".st-key-model_card_place";var ModelTable=class extends Component{columns=[];folded=[];rows=[];unfolded=new Set;view={
column:"",down:false,chosen:""};content="";sent="";constructor(root){super(root);this.head=root.querySelector("thead tr");
this.body=root.querySelector("tbody")}load(table){const content=JSON.stringify(table);const isLate=this.sent&&JSON.stringify(
ordered(table.view))!==this.sent;if(!isLate)this.sent="";if(content===this.content)return;this.content=content;Object.assign(
this,table,isLate?{view:this.view}:{});this.draw()}change(change){this.view={...this.view,...change};this.sent=JSON.stringify(
ordered(this.view));this.draw();this.component.setStateValue("view",this.view)}sortBy(column){const{view}=this;const isDownFirst=this.
rows[0]?.cells[column]?.images!==void 0;if(view.column!==column)this.change({column,down:isDownFirst});else if(view.down===
isDownFirst)this.change({down:!view.down});else this.change({column:"",down:false})}draw(){const focused=this.root.contains(
document.activeElement)?document.activeElement:null;const mark=focused?.dataset.mark;const chosen=this.chosenRow();this.
root.classList.toggle("whole",!this.folded.length);this.head.replaceChildren(...this.headings());const rows=this.sorted();
this.body.replaceChildren(...rows.map(row=>this.line(row,chosen)));const{column}=this.view;const hasSets=!column||rows[0]?.
cells[column]?.images!==void 0;const isOfNewSet=i=>i>0&&rows[i].cells.data.value!==rows[i-1].cells.data.value;for(const[
i,line]of[...this.body.rows].entries())line.classList.toggle("new-set",hasSets&&isOfNewSet(i));const marked2=[...this.root.
querySelectorAll("[data-mark]")].find(element=>element instanceof HTMLElement&&element.dataset.mark===mark);if(mark&&marked2 instanceof
HTMLElement)marked2.focus({preventScroll:true})}chosenRow(){return this.rows.find(row=>row.name===this.view.chosen)??this.
rows[0]}headings(){const{column,down}=this.view;const hidden=this.folded.find(({key})=>key===column);return[{key:"name",
label:"Model"},...this.columns].map(({key,label})=>{const heading=make("th",{scope:"col"});const isSorted=key===column||
key==="others"&&hidden!==void 0;if(isSorted)heading.setAttribute("aria-sort",down?"descending":"ascending");const sorted=isSorted?
`${key!==column&&hidden?`: ${hidden.label}`:""} ${down?"▼":"▲"}`:" ↕";const button=make("button",{type:"button",title:`\
Sort by: ${label}`,onclick:()=>this.sortBy(key)});const[noun,unit]=label.split(/(?= \(nats\))/);button.append(noun,...unit?
[make("i",{},unit)]:[],sorted);button.dataset.mark=`sort ${key}`;heading.append(button);return heading})}sorted(){const{
column,down}=this.view;if(!column)return this.rows;const chosen=this.chosenRow();const value=row=>{if(column==="name")return row.
name.toLowerCase();return column==="others"&&this.folded.length?this.settings(row,chosen).differing:row.cells[column].value};
const images=row=>row.cells[column]?.images;const data=row=>images(row)===void 0?0:this.rows.findIndex(of=>of.cells.data.
value===row.cells.data.value);const quantity=row=>images(row)===images(chosen)?"":images(row)||"￿";return[...this.rows].
sort((first,second)=>{if(data(first)!==data(second))return data(first)-data(second);if(images(first)!==images(second))return quantity(
first).localeCompare(quantity(second));const[a,b]=[value(first),value(second)];if(a===null||b===null)return Number(a===null)-
Number(b===null);const order=typeof a==="number"&&typeof b==="number"?a-b:String(a).localeCompare(String(b));return down?
-order:order})}line(row,chosen){const line=make("tr",{className:row===chosen?"chosen":""});const name=make("th",{scope:"\
row"});const label=make("label");const radio=make("input",{type:"radio",name:"model-table-row",checked:row===chosen,title:"\
Compare the other rows with this one"});radio.onchange=()=>this.change({chosen:row.name});radio.dataset.mark=`row ${row.
name}`;label.append(radio,make("span",{},row.name));const head=make("div");head.append(label);if(row.own)head.append(make(
"em",{},"yours"));if(row.card)head.append(this.cardButton(row.name));name.append(head);if(row.picture)name.append(make("\
img",{src:row.picture,alt:`Draws from the prior of ${row.name}`}));if(row.note)name.append(make("small",{},row.note));line.
append(name);for(const column of this.columns){const place=make("td");Object.assign(place.dataset,{column:column.key,kind:column.
kind,label:column.label.split(" (")[0]});place.classList.toggle("unknown",row.cells[column.key].text===UNKNOWN);if(column.
key==="others")place.append(this.fold(row,chosen));else if(column.kind==="number")place.append(...compared(row,chosen,column),
...this.scale(row,column.key));else place.append(...marked(row.cells[column.key].text,chosen.cells[column.key].text));line.
append(place)}return line}scale(row,key){const{value,images}=row.cells[key];if(key!=="log_marginal"||typeof value!=="num\
ber")return[];const values=this.rows.map(({cells})=>cells[key]).filter(cell=>cell.images===images&&typeof cell.value==="\
number").map(cell=>Number(cell.value));const[low,high]=[Math.min(...values),Math.max(...values)];if(low===high)return[];
const scale=make("span",{className:"scale",ariaHidden:"true"});scale.append(make("i"));scale.style.setProperty("--share",
String((value-low)/(high-low)));return[scale]}cardButton(name){const button=make("button",{type:"button",title:`The card\
 and the files of ${name}`},"Card and files ↓");button.dataset.mark=`card ${name}`;button.onclick=()=>{this.view={...this.
view,chosen:name};this.sent=JSON.stringify(ordered(this.view));this.draw();this.component.setTriggerValue("card",name);this.
showCard()};return button}showCard(){const[page,card]=["[data-testid=stMain]",CARD].map(selector=>document.querySelector(
selector));if(!(page instanceof HTMLElement)||!card)return;page.style.overflowAnchor="none";document.addEventListener("p\
ointerdown",()=>page.style.overflowAnchor="",{once:true,capture:true});card.scrollIntoView({block:"start"})}settings(row,chosen){
const text=(of,key)=>of.cells[key].text;const pairs=[...this.folded.map(({key,label})=>({label,own:text(row,key),other:text(
chosen,key)})),...this.folded.length?this.varying(row,chosen):this.others(row,chosen)];return{differing:pairs.filter(({own,
other})=>own!==other).length,pairs}}fold(row,chosen){const{differing,pairs}=this.settings(row,chosen);const lines=pairs.
map(({label,own:own2,other})=>setting(label,own2,other));const isSame=i=>row!==chosen&&pairs[i].own===pairs[i].other;const[
own,same]=[lines.filter((_,i)=>!isSame(i)),lines.filter((_,i)=>isSame(i))];const isWhole=!this.folded.length;if(isWhole&&
lines.length<2)return lines[0]??(row===chosen?"the usual ones":"the same");const summary=make("summary");if(isWhole||row===
chosen)summary.append(`${pairs.length} settings`);else summary.append(differing?make("strong",{},`${differing} more diff\
er${differing===1?"s":""}`):"no more differ");summary.dataset.mark=`fold ${row.name}`;const rest=same.length?[this.details(
`same ${row.name}`,make("summary",{},`${same.length} are the same`),same)]:[];return this.details(row.name,summary,[...own,
...rest])}details(key,summary,content){const fold=make("details",{open:this.unfolded.has(key)});summary.onclick=()=>fold.
open?this.unfolded.delete(key):this.unfolded.add(key);fold.append(summary,...content);return fold}varying(row,chosen){const text=({
others},label)=>others[label]??"none";const labels=[...new Set(this.rows.flatMap(({others})=>Object.keys(others)))];const varying=labels.
filter(label=>new Set(this.rows.map(of=>text(of,label))).size>1);return varying.map(label=>({label,own:text(row,label),other:text(
chosen,label)}))}others(row,chosen){const differs=label=>chosen.others[label]!==row.others[label];const labels=row===chosen?
row.unusual:Object.keys(row.others).filter(differs);return labels.map(label=>({label,own:row.others[label],other:chosen.
others[label]??row.others[label]}))}};function setting(label,own,other){const line=make("p",{},`${label}: `);line.append(
...marked(own,other));return line}function ordered({column,down,chosen}){return{column,down,chosen}}function marked(text,other){
return text===other?[text]:[make("strong",{},text)," ",make("small",{},`not ${other}`)]}function compared(row,chosen,{key,
words:[higher,lower],digits}){const[cell,other]=[row.cells[key],chosen.cells[key]];const own=cell.label?[cell.text," ",make(
"small",{},cell.label)]:[cell.text];if(row===chosen||typeof cell.value!=="number"||typeof other.value!=="number")return own;
if(cell.images!==other.images){if(row.cells.data.text!==chosen.cells.data.text)return key==="log_marginal"?[cell.text," ",
make("small",{className:"foreign"},"other images")]:own;return[cell.text," ",make("small",{},`${cell.label||"another bou\
nd"}: do not compare`)]}const difference=cell.value-other.value;const how=difference>0?higher:lower;const size=fixed(Math.
abs(difference),digits);const goal=row.cells.beta.text===chosen.cells.beta.text?"":"; trained with another beta";if(Number(
size)===0)return own;const[,error]=cell.leads?.[chosen.name]??other.leads?.[row.name]??[];const words=make("small",{},cell.
images===void 0?how:`${size}${error===void 0?"":` ± ${fixed(error,digits)}`} ${how}`);if(key==="log_marginal")words.append(
make("span",{className:"than"},` than ${chosen.name}`));words.append(cell.images===void 0?"":goal);return[make("strong",
{},cell.text)," ",words]}function make(tag,properties={},text=""){const element=Object.assign(document.createElement(tag),
properties);if(text)element.textContent=text;return element}var model_table_default=mounting(".model-table",ModelTable);export{model_table_default as default};
