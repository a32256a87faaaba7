var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function paint(image,left,top,source,start,imageShape,shades=GREYS){
if(imageShape.length===3)return paintColour(image,left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(
image.data.buffer);for(let row=0,from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){
pixels[at]=shades[Math.round(source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){
for(let row=0,from=start;row<height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part=0;part<
3;part++)data[at+part]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==
width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawBytes(canvas,source,start,imageShape){const image=new ImageData(
imageShape[1],imageShape[0]);paint(image,0,0,source,start,imageShape);context2d(canvas).putImageData(image,0,0)}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.
round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.
setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font=
"12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){
context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;
context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){context.beginPath();
for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var WANTED="link-wanted";var REST_MS=400;var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(
location.search).get(key)??"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part=>part.trim()?Number(
part):NaN);return numbers.every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}var LinkedState=class{timer=0;text="";path=location.
pathname;constructor(cleanups,key,restore){this.key=key;cleanups.listen(window,["popstate"],()=>{clearTimeout(this.timer);
restore()});whenWanted(cleanups,params=>this.timer&&put(params,key,this.text));cleanups.add(()=>this.forget())}get numbers(){
return linkedNumbers(this.key)}keep(text){clearTimeout(this.timer);this.text=text;this.timer=window.setTimeout(()=>this.
write(),REST_MS)}forget(){clearTimeout(this.timer);this.text="";this.write()}write(){this.timer=0;if(location.pathname!==
this.path)return;const address=new URL(location.href);if((address.searchParams.get(this.key)??"")===this.text)return;put(
address.searchParams,this.key,this.text);history.replaceState({own:true},"",address)}};function whenWanted(cleanups,tell){
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var REST_MS2=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS2)}rest(){const wait=REST_MS2-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}var DRAWN="plane-axes-drawn";var Axes=class{element=null;cleanups=new Cleanups;constructor({onFound,onDrawn}){this.onFound=
onFound;this.onDrawn=onDrawn}find(key){const element=document.querySelector(`.st-key-${key} .plane-axes`);if(!element?.axes)
return false;if(element===this.element)return true;this.release();this.element=element;if(this.onDrawn)this.cleanups.listen(
element,[DRAWN],this.onDrawn);this.onFound?.(element);return true}release(){this.cleanups.run();this.element=null}get drawn(){
return this.element?.axes??null}get box(){return this.drawn?.box??null}get width(){return this.drawn?.width??0}get meta(){
return this.drawn?.meta}get revision(){return this.drawn?.revision}place(event,{outside=false}={}){const{element,box}=this;
if(!element||!box)return null;const[x,y]=placeOn(event,element);const[px,py]=[x-box.left,y-box.top];return outside||px>=
0&&py>=0&&px<=box.width&&py<=box.height?[px,py]:null}values([px,py]){const{spans:[[left,right],[bottom,top]],box:{width,
height}}=this.drawn;return[left+px/width*(right-left),top-py/height*(top-bottom)]}get maps(){const{spans:[[left,right],[
bottom,top]],box:{width,height}}=this.drawn;return{x:value=>(value-left)/(right-left)*width,y:value=>(top-value)/(top-bottom)*
height}}};var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}function steadyBoxes(names,obstacles,area){const boxes=[];const find=(i,taken)=>{const{
place,width,height,ways}=names[i];return freeBox(place,width,height,ways,[...taken,...boxes.flatMap((box,k)=>box&&k!==i?
[box]:[])],area)};names.forEach((_,i)=>boxes[i]=find(i,[]));boxes.forEach((box,i)=>{if(box&&obstacles.some(other=>covers(
box,other)))boxes[i]=find(i,obstacles)});return boxes}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part=>part*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));var LEVELS={points:0,names:1,posterior:2,"on-plane":2,path:2,chain:3};var LETTERS="bold 15px system-ui, Segoe UI, Roboto\
, Arial, sans-serif";var Overlay=class{boxes=[];isPainting=false;key="";cleanups=new Cleanups;constructor(role,draw){this.
draw=draw;this.level=LEVELS[role];this.chart=new Axes({onDrawn:()=>this.redraw()});this.canvas=document.createElement("c\
anvas");this.canvas.dataset.role=role;this.canvas.setAttribute("aria-hidden","true");this.canvas.overlay=this;Object.assign(
this.canvas.style,{position:"absolute",pointerEvents:"none",zIndex:this.level})}follow(key){if(!this.key)this.cleanups.watchPage(
()=>this.attach());this.key=key;this.attach();this.redraw()}attach(){if(!this.chart.find(this.key)||this.canvas.isConnected)
return;this.chart.element?.appendChild(this.canvas);this.redraw()}get box(){return this.chart.box}redraw(){const box=this.
box;if(!box)return;const context=contextOf(this.canvas,box.width,box.height);Object.assign(this.canvas.style,{left:`${box.
left}px`,top:`${box.top}px`,width:`${box.width}px`});const before=JSON.stringify(this.boxes);this.paint(context,box);if(this.
level===LEVELS.names&&JSON.stringify(this.boxes)!==before){for(const other of this.others)if(other.level>LEVELS.names&&!other.
isPainting)other.redraw()}if(this.level>LEVELS.names)this.names?.redraw()}paint(context,{width,height}){const{x,y}=this.
chart.maps;this.boxes=[];this.isPainting=true;this.draw(context,x,y,width,height);this.isPainting=false}get others(){const canvases=[
...this.chart.element?.querySelectorAll("canvas")??[]];return canvases.flatMap(({overlay})=>overlay&&overlay!==this?[overlay]:
[])}get names(){return this.others.find(({level})=>level===LEVELS.names)}get area(){return{...this.box,left:0,top:0}}keepOff([
x,y],size){this.boxes.push({left:x-size/2,top:y-size/2,width:size,height:size})}claim(place,width,height,ways){const box=this.
free(place,width,height,ways);if(box)this.boxes.push(box);return box}free(place,width,height,ways,taken=[]){const solid=[
this,...this.others.filter(({level})=>level!==LEVELS.names)];return freeBox(place,width,height,ways,[...taken,...solid.flatMap(
({boxes})=>boxes)],this.area)}claimNames(names){const boxes=steadyBoxes(names,this.others.flatMap(({boxes:boxes2})=>boxes2),
this.area);this.boxes=boxes.flatMap(box=>box??[]);return boxes}flag(context,place,letter,colour,ink,ways=AROUND){const box=this.
claim(place,22,24,ways);if(!box)return void 0;const[middle,centre]=[box.left+box.width/2,box.top+box.height/2];line(context,
[place,[middle,centre]],colour,2);context.fillStyle=colour;context.fillRect(box.left,box.top,box.width,box.height);context.
fillStyle=ink;context.font=LETTERS;context.textAlign="center";context.fillText(letter,middle,centre+5);return box}destroy(){
this.cleanups.run();this.chart.release();this.canvas.remove()}};var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var PlayButton=class{frame=0;constructor(element,advance,begin,stepSeconds){this.element=element;this.advance=advance;this.
begin=begin;this.stepSeconds=stepSeconds;element.onclick=()=>this.press();this.say()}press(){if(this.frame)this.pause();else if(isCalm())
this.step();else this.play()}step(){this.begin();this.advance(this.stepSeconds());this.say()}play(){this.begin();let before=performance.
now();const tick=now=>{const seconds=Math.min(.1,Math.max(0,now-before)/1e3);before=now;this.frame=requestAnimationFrame(
tick);if(isCalm()||this.advance(seconds)===false)this.pause()};this.frame=requestAnimationFrame(tick);this.say()}pause(){
cancelAnimationFrame(this.frame);this.frame=0;this.say()}say(){this.element.textContent=this.frame?"Pause":isCalm()?"Nex\
t step":"Play";this.element.setAttribute("aria-pressed",String(Boolean(this.frame)))}};function share(element,name,read,move){element.shared={read,move};element.dataset.shared=name}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var LETTERS2=["A","B"];var GRIP=30;var STEPS=70;var STILL=4;var SAME=.5;var PATIENCE_MS=4e3;var PathEnds=class{places={};moving={};isOnDots=false;isTold=true;isHeld=false;timer=0;constructor(overlay,cleanups,tell){
this.overlay=overlay;this.tell=tell;this.layer=Object.assign(document.createElement("div"),{className:"path-ends"});this.
handles=LETTERS2.map(letter=>this.dot(letter));this.flags=LETTERS2.map(letter=>this.grip(letter));this.layer.append(...this.
flags,...this.handles);cleanups.add(()=>this.layer.remove());cleanups.add(()=>clearTimeout(this.timer))}get isMoving(){return Object.
keys(this.moving).length>0}get all(){return LETTERS2.map(letter=>this.moving[letter]??this.places[letter])}load(places,isOnDots){
Object.assign(this,{places,isOnDots});if(!this.isHeld)this.rest()}grip(letter){const node=Object.assign(document.createElement(
"div"),{className:"path-end"});node.onpointerdown=event=>this.drag(event,node,letter);return node}dot(letter){const node=this.
grip(letter);node.dataset.handle=letter;node.tabIndex=0;node.setAttribute("role","slider");node.setAttribute("aria-label",
`${letter}, an end of the path: arrow keys move it`);node.onkeydown=event=>{const step=arrowStep(event);const{drawn}=this.
overlay.chart;if(!step||!drawn||event.altKey||event.ctrlKey||event.metaKey)return;event.preventDefault();const from=this.
moving[letter]??this.places[letter];const size=(event.shiftKey?5:1)/STEPS;const place=drawn.spans.map(([low,high],axis)=>clamp(
from[axis]+step[axis]*size*(high-low),low,high));const next=this.isOnDots?this.dots?.toward?.(from,step):place;if(next)this.
moveTo(letter,next)};node.onkeyup=event=>arrowStep(event)&&this.letGo();node.onblur=()=>this.letGo();return node}get dots(){
const canvas=this.overlay.chart.element?.querySelector("canvas[data-role=points]");return canvas?.overlay}snap(){const{chart}=this.
overlay;const{x,y}=chart.maps;for(const[letter,[a,b]]of Object.entries(this.moving)){const dot=this.dots?.nearest?.(x(a),
y(b),Infinity);if(!dot)continue;const here=this.places[letter];if(Math.hypot(x(here[0])-dot.x,y(here[1])-dot.y)<SAME)delete this.
moving[letter];else this.moving[letter]=chart.values([dot.x,dot.y])}this.overlay.redraw()}drag(event,node,letter){const{
chart}=this.overlay;const down=chart.place(event,{outside:true});if(event.button||!down||this.isHeld)return;const{x,y}=chart.
maps;const[across,up]=this.moving[letter]??this.places[letter];const offset=[x(across)-down[0],y(up)-down[1]];node.setPointerCapture(
event.pointerId);this.isHeld=true;let isDrag=false;node.onpointermove=moved=>{const at=chart.place(moved,{outside:true});
if(!at||!chart.box)return;const{width,height}=chart.box;isDrag||=Math.hypot(at[0]-down[0],at[1]-down[1])>STILL;if(isDrag)
this.moveTo(letter,chart.values([clamp(at[0]+offset[0],0,width),clamp(at[1]+offset[1],0,height)]))};const end=isWanted=>{
node.onpointermove=node.onpointerup=node.onpointercancel=node.onlostpointercapture=null;this.isHeld=false;if(isWanted&&isDrag)
this.letGo();else this.rest()};node.onpointerup=()=>end(true);node.onpointercancel=node.onlostpointercapture=()=>end(false)}moveTo(letter,place){
clearTimeout(this.timer);this.isTold=false;this.moving[letter]=place;this.overlay.redraw()}letGo(){if(this.isTold)return;
this.isTold=true;if(this.isOnDots)this.snap();if(!this.isMoving)return;this.tell(this.moving);this.timer=setTimeout(()=>this.
rest(),PATIENCE_MS)}rest(){clearTimeout(this.timer);this.isTold=true;if(!this.isMoving)return;this.moving={};this.overlay.
redraw()}put(pixels,letters){const{chart}=this.overlay;if(!this.layer.isConnected)chart.element?.append(this.layer);const{
left,top}=chart.box;this.all.forEach(([a,b],number)=>{const[[x,y],letter]=[pixels[number],letters[number]];this.handles[number].
setAttribute("aria-valuenow",a.toFixed(2));this.handles[number].setAttribute("aria-valuetext",`at ${fixed(a,2)} across, ${fixed(
b,2)} up`);lay(this.handles[number],{left:left+x-GRIP/2,top:top+y-GRIP/2,width:GRIP,height:GRIP});this.flags[number].hidden=
!letter;if(letter)lay(this.flags[number],{...letter,left:left+letter.left,top:top+letter.top})})}};function lay(node,{left,
top,width,height}){Object.assign(node.style,{width:`${width}px`,height:`${height}px`,transform:`translate(${left}px, ${top}\
px)`})}var ONE_WAY_SECONDS=3;var STILL2=8;var PathPlayer=class extends Component{header=null;arrays={};count=0;frame=0;place=0;direction=1;down=null;constructor(root){
super(root);this.canvas=root.querySelector("canvas");this.slider=root.querySelector("input");this.output=root.querySelector(
"output");const button=root.querySelector("button");this.button=new PlayButton(button,seconds=>this.advance(seconds),()=>this.
begin(),()=>this.stepSeconds);this.narrator=new Narrator(this.cleanups,null);this.slider.oninput=()=>{this.button.pause();
this.place=Number(this.slider.value)/(this.count-1);this.show()};this.linked=new LinkedState(this.cleanups,"path_place",
()=>this.restore());share(root,"path",()=>this.count?[this.place]:[],([place])=>{this.button.pause();this.place=clamp(place,
0,1);this.show()});this.overlay=new Overlay("path",(context,x,y)=>this.draw(context,x,y));this.ends=new PathEnds(this.overlay,
this.cleanups,places=>this.component.setTriggerValue("ends",places));const onDown=({target,clientX,clientY,button:button2,
isPrimary})=>{const element=target;const isPlane=!button2&&isPrimary&&this.overlay.chart.element?.contains(element)&&!element.
closest(".plane-name, .path-end");this.down=isPlane?[clientX,clientY]:null};this.cleanups.listen(window,["pointerdown"],
onDown,true);this.cleanups.listen(window,["pointerup"],event=>this.press(event),true)}load({header,arrays}){const isFirst=!this.
header;Object.assign(this,{header,arrays,count:header.radius.length});const{steps}=arrays;this.ends.load({A:Array.from(steps.
slice(0,2)),B:Array.from(steps.slice(-2))},header.is_on_dots);fit(this.canvas,header.image_shape);this.slider.max=String(
this.count-1);if(isFirst)this.restore();else this.show();this.overlay.follow(header.chart)}restore(){const[place]=this.linked.
numbers;this.place=place>=0&&place<=1?place:0;if(this.header)this.show()}press(event){const{down}=this;if(!down||Math.hypot(
event.clientX-down[0],event.clientY-down[1])>STILL2)return;const{chart}=this.overlay;const place=chart.place(event);if(!place)
return;const{x,y}=chart.maps;const[a,b]=this.ends.all.map(end=>Math.hypot(x(end[0])-place[0],y(end[1])-place[1]));this.ends.
moveTo(LETTERS2[Number(b<a)],chart.values(place));this.ends.letGo()}get stepSeconds(){return ONE_WAY_SECONDS/Math.max(1,
this.arrays.steps.length/2-1)}begin(){if(this.place>=1)this.place=0;this.direction=1}advance(seconds){this.place+=this.direction*
seconds/ONE_WAY_SECONDS;if(this.place>=1||this.place<=0){this.place=clamp(this.place,0,1);this.direction=this.place===1?
-1:1}this.show()}show(){const{image_shape:imageShape,radius}=this.header;const frame=this.frame=Math.round(this.place*(this.
count-1));drawBytes(this.canvas,this.arrays.frames,frame*valuesIn(imageShape),imageShape);this.canvas.dataset.frame=String(
frame);this.linked.keep(this.place?String(Number(this.place.toFixed(3))):"");this.slider.value=String(frame);const words=`${Math.
round(this.place*100)} % of the way, |z| = ${fixed(radius[frame],2)}`;this.output.textContent=words;this.slider.setAttribute(
"aria-valuetext",words);this.narrator.tell(words,[this.canvas]);this.frameInStrip();this.overlay.redraw()}frameInStrip(){
const strip=this.root.closest(".st-key-path_film")?.querySelector("[data-testid=stImage]");const count=this.arrays.steps.
length/2;strip?.style.setProperty("--steps",String(count));strip?.style.setProperty("--step",String(Math.round(this.place*
(count-1))))}draw(context,x,y){const{steps,positions}=this.arrays;const{latent,decoder,surface}=this.header.colours;const at=(places2,k)=>[
x(places2[2*k]),y(places2[2*k+1])];const{isMoving}=this.ends;const count=isMoving?2:steps.length/2;const places=isMoving?
this.ends.all.map(([a,b])=>[x(a),y(b)]):Array.from({length:count},(_,k)=>at(steps,k));context.lineJoin="round";line(context,
places,surface,6);line(context,places,latent,isMoving?1.5:4);for(const place of places)circle(context,place,4,{fill:surface,
stroke:latent,width:2.5});places.forEach((place,k)=>this.keepOff(place,places[k+1]??place));const ends=[places[0],places[count-
1]];this.ends.put(ends,ends.map((end,number)=>this.overlay.flag(context,end,LETTERS2[number],latent,surface)));if(isMoving)
return;const ring=at(positions,this.frame);this.overlay.canvas.dataset.ring=ring.map(value=>value.toFixed(1)).join();circle(
context,ring,7.5,{stroke:"#ffffff",width:7});circle(context,ring,7.5,{stroke:decoder,width:3})}keepOff([x,y],[nextX,nextY]){
const parts=Math.max(1,Math.round(Math.hypot(nextX-x,nextY-y)/8));for(let k=0;k<parts;k++)this.overlay.keepOff([x+(nextX-
x)*k/parts,y+(nextY-y)*k/parts],10)}destroy(){super.destroy();this.button.pause();this.overlay.destroy()}};var path_player_default=mounting(
".path-player",PathPlayer);export{path_player_default as default};
