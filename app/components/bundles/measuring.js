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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var QUIET_MS=2e3;var Elsewhere=class{until=0;constructor(cleanups,isOurs,pressed){
const onPress=event=>{if(isOurs(event.target))return;this.until=performance.now()+QUIET_MS;pressed?.()};cleanups.listen(
document,["pointerdown","keydown"],onPress,true)}get isQuiet(){return performance.now()<this.until}get wait(){return Math.
max(0,this.until-performance.now())}};var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var PAUSE=600;var Measuring=class extends Component{count=0;isPaused=false;timer=0;constructor(root){super(root);this.elsewhere=
new Elsewhere(this.cleanups,target=>root.contains(target));root.onclick=()=>this.press();this.cleanups.listen(document,[
"visibilitychange"],()=>this.goOn());this.cleanups.listen(matchMedia("(prefers-reduced-motion: reduce)"),["change"],()=>this.
goOn());this.cleanups.add(()=>clearTimeout(this.timer))}load({count}){this.count=count;this.goOn()}press(){if(isCalm())return this.
ask();this.isPaused=!this.isPaused;this.goOn()}goOn(){clearTimeout(this.timer);this.root.textContent=isCalm()?"Measure m\
ore":this.isPaused?"Go on measuring":"Pause measuring";if(isCalm()||this.isPaused||document.hidden)return;this.timer=window.
setTimeout(()=>this.elsewhere.isQuiet?this.goOn():this.ask(),Math.max(PAUSE,this.elsewhere.wait))}ask(){this.component.setTriggerValue(
"more",this.count)}};var measuring_default=mounting(".measuring",Measuring);export{measuring_default as default};
