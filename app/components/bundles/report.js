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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var Report=class extends Component{constructor(root){super(root);this.text=root.querySelector("pre");this.output=root.querySelector(
"output");const button=root.querySelector("button");button.onclick=()=>this.copy()}load({text}){this.text.textContent=text}async copy(){
try{await navigator.clipboard.writeText(this.text.textContent??"");this.output.textContent="Copied"}catch{getSelection()?.
selectAllChildren(this.text);this.output.textContent=document.execCommand("copy")?"Copied":"Copy the marked text."}}};var report_default=mounting(
".report",Report);export{report_default as default};
