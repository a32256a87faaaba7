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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var KeepFocus=class extends Component{header={within:"",next:{}};last="";row=null;constructor(root){super(root);this.cleanups.
listen(document,["focusin"],({target})=>this.onFocus(target));this.cleanups.listen(document,["focusout"],({target})=>this.
onBlur(target));const observer=new MutationObserver(()=>this.check());const options={subtree:true,childList:true,attributeFilter:[
"disabled"]};this.cleanups.watch(observer,watcher=>watcher.observe(document.body,options))}load(header){this.header=header;
this.check()}button(key){const buttons=document.querySelectorAll(`.st-key-${key} button`);return[...buttons].find(button=>button.
checkVisibility())}onFocus(target){if(target!==this.row)this.last=Object.keys(this.header.next).find(key=>this.button(key)===
target)??""}onBlur(target){const isLost=!target.isConnected||target instanceof HTMLButtonElement&&target.disabled;if(!isLost&&
target!==this.row)this.last=""}check(){if(!this.last)return;const{activeElement}=document;const isLost=!activeElement||activeElement===
document.body||activeElement===this.row;if(!isLost&&!(activeElement instanceof HTMLButtonElement&&activeElement.disabled))
return;this.row=document.querySelector(`.st-key-${this.header.within}`);const keys=[this.last,...this.header.next[this.last]??
[]];const heir=keys.map(key=>this.button(key)).find(button=>button&&!button.disabled);if(!heir)this.row?.setAttribute("t\
abindex","-1");const target=heir??this.row;target?.focus({preventScroll:true})}};var keep_focus_default=mounting(".keep-\
focus",KeepFocus);export{keep_focus_default as default};
