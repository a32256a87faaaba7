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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var TICK=250;var DRAW_EVERY=1e3;var TRY_AGAIN=3e3;var RunWatch=class extends Component{drawn=null;content="";askEvery=0;askTime=-Infinity;request="";requestTime=-Infinity;isAsking=false;hasEnded=false;constructor(root){
super(root);this.words=root.querySelector("p");this.bar=root.querySelector("progress");const timer=setInterval(()=>this.
ask(),TICK);this.cleanups.add(()=>clearInterval(timer));this.cleanups.listen(document,["visibilitychange"],()=>this.ask())}load({
header}){this.drawn=header;this.show(header)}show({words:[state,...others],progress,ask_every:askEvery}){this.askEvery=askEvery-
TICK/2;const content=JSON.stringify([state,others,progress]);if(content===this.content)return;this.content=content;this.
words.replaceChildren(Object.assign(document.createElement("strong"),{textContent:state}));this.words.append(...others.map(
part=>` · ${part}`));this.bar.hidden=progress===null;this.bar.value=progress??0;this.root.hidden=false}async ask(){if(document.
hidden||this.isAsking||!this.drawn||performance.now()-this.askTime<this.askEvery)return;this.isAsking=true;this.askTime=
performance.now();const{address,chart}=this.drawn;const plane=document.querySelector(`.st-key-${chart} canvas[data-role=\
points]`);try{const answer=await fetch(plane?`${address}?look=${plane.dataset.version}`:address);if(!answer.ok)throw new Error(
`no run at ${address}: ${answer.status}`);const{header,arrays}=unpack(new Uint8Array(await answer.arrayBuffer()));if(this.
hasEnded||address!==this.drawn.address)return;this.show(header);if(arrays.drawn.length)plane?.overlay?.load?.(arrays.drawn);
this.compare(header)}catch(error){if(!this.hasEnded)this.compare({state:String(error)},"unanswered")}finally{this.isAsking=
false}}compare({state,drawn_for:drawnFor},trigger="outdated"){const now=JSON.stringify([state,drawnFor]);if(now===JSON.stringify(
[this.drawn.state,this.drawn.drawn_for]))return;const wait=now===this.request?TRY_AGAIN:state===this.drawn.state?DRAW_EVERY:
0;if(performance.now()-this.requestTime<wait)return;this.request=now;this.requestTime=performance.now();this.component.setTriggerValue(
trigger,now)}destroy(){super.destroy();this.hasEnded=true}};var run_watch_default=mounting(".run-watch",RunWatch);export{run_watch_default as default};
