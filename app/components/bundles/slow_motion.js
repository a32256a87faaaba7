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
max(0,this.until-performance.now())}};var WANTED="link-wanted";var REST_MS=400;var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(
location.search).get(key)??"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part2=>part2.trim()?
Number(part2):NaN);return numbers.every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}var LinkedState=class{timer=0;text="";path=location.
pathname;constructor(cleanups,key,restore){this.key=key;cleanups.listen(window,["popstate"],()=>{clearTimeout(this.timer);
restore()});whenWanted(cleanups,params=>this.timer&&put(params,key,this.text));cleanups.add(()=>this.forget())}get numbers(){
return linkedNumbers(this.key)}keep(text){clearTimeout(this.timer);this.text=text;this.timer=window.setTimeout(()=>this.
write(),REST_MS)}forget(){clearTimeout(this.timer);this.text="";this.write()}write(){this.timer=0;if(location.pathname!==
this.path)return;const address=new URL(location.href);if((address.searchParams.get(this.key)??"")===this.text)return;put(
address.searchParams,this.key,this.text);history.replaceState({own:true},"",address)}};function whenWanted(cleanups,tell){
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part2]=[i>>2,i&3];if(ink)return part2===
3?value:ink[part2];return part2===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function paint(image,left,top,source,start,imageShape,shades=GREYS){
if(imageShape.length===3)return paintColour(image,left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(
image.data.buffer);for(let row=0,from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){
pixels[at]=shades[Math.round(source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){
for(let row=0,from=start;row<height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part2=0;part2<
3;part2++)data[at+part2]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==
width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawBytes(canvas,source,start,imageShape){const image=new ImageData(
imageShape[1],imageShape[0]);paint(image,0,0,source,start,imageShape);context2d(canvas).putImageData(image,0,0)}function contextOf(canvas,width,height,on=canvas){const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.
round(height*density),Math.round(width*density)]);canvas.style.height=`${height}px`;const context=context2d(canvas);context.
setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font=
"12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){
context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;
context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){context.beginPath();
for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var PlayButton=class{frame=0;constructor(element,advance,begin,stepSeconds){this.element=element;this.advance=advance;this.
begin=begin;this.stepSeconds=stepSeconds;element.onclick=()=>this.press();this.say()}press(){if(this.frame)this.pause();else if(isCalm())
this.step();else this.play()}step(){this.begin();this.advance(this.stepSeconds());this.say()}play(){this.begin();let before=performance.
now();const tick=now=>{const seconds=Math.min(.1,Math.max(0,now-before)/1e3);before=now;this.frame=requestAnimationFrame(
tick);if(isCalm()||this.advance(seconds)===false)this.pause()};this.frame=requestAnimationFrame(tick);this.say()}pause(){
cancelAnimationFrame(this.frame);this.frame=0;this.say()}say(){this.element.textContent=this.frame?"Pause":isCalm()?"Nex\
t step":"Play";this.element.setAttribute("aria-pressed",String(Boolean(this.frame)))}};function share(element,name,read,move){element.shared={read,move};element.dataset.shared=name}var STAGES=8;var[MINIBATCH,ENCODE,NOISE,CODE,DECODE,KL,GRADIENT,UPDATE]=Array.from({length:STAGES},(_,stage)=>stage);var[
LEAST,MOST,SMALL]=[340,600,304];var FULL=588;var PHONE=480;var LABELS=84;var TALLEST=1.25;var NAME=26;var TOUCH=16;var part=(time,from,to)=>clamp(
(time-from)/(to-from),0,1);var eased=time=>time*time*(3-2*time);var between=(from,to,share2)=>[from[0]+(to[0]-from[0])*share2,
from[1]+(to[1]-from[1])*share2];var sceneHeight=(width,room,isLow)=>isLow?SMALL:Math.round(Math.min(TALLEST*width,clamp(
room,width<PHONE?SMALL:LEAST,MOST)));function sizes(width,height){const scale=Math.min(1,height/FULL);const column=(width-
LABELS)/8;const tile=Math.min(56*scale,column-4);const[space,bars]=[30*scale,84*scale];const[xTop,barsTop,bottom]=[8,height-
8-bars,height-8];const[decodedTop,planeTop]=[barsTop-8-tile,xTop+tile+space];const[plane,alone]=[decodedTop-space-planeTop,
bottom-planeTop];return{width,labels:LABELS,column,tile,bars,xTop,planeTop,decodedTop,barsTop,bottom,plane,alone,wide:width-
LABELS-4}}var LEAST_COLUMNS=3;function columnsFor(count,width,height){const sideOf=columns=>Math.min(width/columns,height/
Math.ceil(count/columns));return Array.from({length:count},(_,i)=>i+1).reduce((best,columns)=>sideOf(columns)>sideOf(best)?
columns:best,1)}var Places=class{constructor(width,height,iteration,stage,time,front){this.iteration=iteration;this.stage=
stage;this.time=time;this.sizes=sizes(width,height);this.sizes.plane+=(this.sizes.alone-this.sizes.plane)*(1-eased(part(
this.at(DECODE),0,.3)));this.count=iteration.arrays.kl.length;this.front=front;this.order=Array.from({length:this.count},
(_,i)=>i).sort((i,j)=>Number(i===front)-Number(j===front));this.colours=iteration.header.colours;this.reach=iteration.header.
reach}at(stage){return stage<this.stage?1:stage===this.stage?this.time:0}across(i){return this.sizes.labels+(i+.5)*this.
sizes.column}place(z1,z2){const{width,labels,plane,planeTop}=this.sizes;return[(width+labels)/2+z1*this.scale,planeTop+plane/
2-z2*this.scale]}get scale(){const{plane,wide}=this.sizes;return(Math.min(plane,wide)-NAME)/2/this.reach}row(name,i){const values=this.
iteration.arrays[name];return[values[2*i],values[2*i+1]]}point(i){const[eps,scale,loc]=[this.row("eps",i),this.row("scal\
e",i),this.row("loc",i)];const stretched=eased(part(this.at(CODE),0,.45));const moved=eased(part(this.at(CODE),.5,1));const out=this.
stage===NOISE?eased(this.time):1;const value=j=>out*eps[j]*(1+(scale[j]-1)*stretched)+loc[j]*moved;return this.place(value(
0),value(1))}square(i){const{sizes:{tile,xTop},grid:{columns,cell,left,top}}=this;const grown=1-eased(part(this.at(ENCODE),
0,.3));const row=[this.across(i)-tile/2,xTop];const large=[left+(i%columns+.04)*cell,top+(Math.floor(i/columns)+.04)*cell];
return[...between(row,large,grown),tile+(.92*cell-tile)*grown]}get grid(){const{count,sizes:{xTop,labels,width,bottom}}=this;
const columns=Math.max(LEAST_COLUMNS,columnsFor(count,width-labels,bottom-xTop));const rows=Math.ceil(count/columns);const cell=Math.
min((width-labels)/columns,(bottom-xTop)/rows);return{columns,rows,cell,left:(width+labels-columns*cell)/2,top:(xTop+bottom-
rows*cell)/2}}imageAt([x,y]){const{column,decodedTop}=this.sizes;const isOn=i=>{const[left,top,side]=this.square(i);return x>=
left&&x<=left+side&&y<=top+side&&y>=top||Math.abs(x-this.across(i))<column/2&&this.at(DECODE)>0&&y>decodedTop};const image=this.
order.findIndex((_,i)=>isOn(i));if(image>=0||!this.at(NOISE))return image;const far=i=>Math.hypot(this.point(i)[0]-x,this.
point(i)[1]-y);const nearest=this.order.reduce((best,i)=>far(i)<far(best)?i:best);return far(nearest)<TOUCH?nearest:-1}pair(name,i){
const[first,second]=this.row(name,i);return[first,second]}};var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var GROUND="#0b0b12";var TEXT=13;var SMALL2=12;var DOT=10;var KL_LEAST=5;var NEAR_IMAGES=.4;var[FADED,FAINT,FAINTEST]=[.5,.3,.12];var Scene=class extends Places{constructor(context,...moment){
super(...moment);this.context=context}draw(){this.minibatch();if(this.at(ENCODE))this.encoding();this.plane();if(this.at(
DECODE))this.decoding();if(this.at(DECODE))this.bars();if(this.stage===GRADIENT)this.gradient();this.letters()}weight(i,faint=FAINT){
return i===this.front?1:faint}minibatch(){const{colours,count,grid:{columns,rows,cell,left,top}}=this;this.images("x",i=>this.
square(i),"x",colours.data,i=>part(this.at(MINIBATCH),i/10,(i+3)/10)*(1-(1-this.weight(i,FADED))*this.at(ENCODE)));if(this.
stage>MINIBATCH||count===columns*rows)return;this.write(`M = ${count}`,left+(columns-.5)*cell,top+(rows-.5)*cell,colours.
data,"center",20)}images(name,where,letter,colour,opacityOf){const{context,sizes:{tile}}=this;const square=typeof where===
"number"?i=>[this.across(i)-tile/2,where,tile]:where;for(const i of this.order){const opacity=opacityOf(i);if(!opacity)continue;
const[left2,top2,side2]=square(i);context.globalAlpha=opacity;context.fillStyle=GROUND;context.fillRect(left2,top2,side2,
side2);context.imageSmoothingEnabled=false;context.drawImage(this.iteration.pictures[name][i],left2+3,top2+3,side2-6,side2-
6);context.lineWidth=i===this.front?4:2;context.strokeStyle=i===this.front?this.colours.text:colour;context.strokeRect(left2,
top2,side2,side2)}context.globalAlpha=1;const[left,top,side]=square(0);this.write(letter,left-12,top+side/2+4,colour,"ri\
ght")}encoding(){const{colours:{encoder}}=this;const grown=eased(part(this.at(ENCODE),.3,.65));for(const i of this.order){
const[left,top,side]=this.square(i);const from=[left+side/2,top+side];this.context.globalAlpha=this.weight(i,FAINTEST);line(
this.context,[from,between(from,this.place(...this.pair("loc",i)),grown)],encoder,i===this.front?2.5:1.5)}this.context.globalAlpha=
1}plane(){const{context,colours,sizes:{labels,plane,planeTop,wide}}=this;context.lineWidth=1;context.strokeStyle=colours.
grid;context.globalAlpha=eased(part(this.at(ENCODE),.2,.6));context.strokeRect(labels+2,planeTop,wide,plane);context.globalAlpha=
1;if(this.at(NOISE))this.ellipse([0,0],[1,1],colours.prior,[4,4],1.5);const grown=eased(part(this.at(ENCODE),.6,1));for(const i of grown?
this.order:[]){const[loc,scale]=[this.row("loc",i),this.row("scale",i)];context.globalAlpha=this.weight(i,this.stage===ENCODE?
FAINT:FAINTEST)*(this.stage===NOISE?.6:1);this.ellipse(loc,[grown*scale[0],grown*scale[1]],colours.encoder,[],i===this.front?
3:2);circle(context,this.place(...this.pair("loc",i)),i===this.front?4:2.5,{fill:colours.encoder})}context.globalAlpha=1;
if(this.at(NOISE))this.order.forEach(i=>this.dot(i));else if(grown===1)this.nameOval()}nameOval(){const[x,y]=this.place(
...this.pair("loc",this.front));const far=this.row("scale",this.front)[0]*this.scale+NAME/2+6;this.name([x+far+NAME/2<this.
sizes.width?x+far:x-far,y],this.colours.encoder)}name([x,y],colour){const[left,top]=[x-NAME/2,y-NAME/2];this.context.drawImage(
this.iteration.pictures.x[this.front],left,top,NAME,NAME);this.context.lineWidth=3;this.context.strokeStyle=colour;this.
context.strokeRect(left,top,NAME,NAME)}dot(i){const{context,colours}=this;const colour=this.at(CODE)>0?colours.latent:colours.
prior;const at=this.point(i);context.globalAlpha=this.weight(i);if(part(this.at(CODE),.5,1)){context.setLineDash([3,3]);
line(context,[this.place(...this.pair("loc",i)),at],colours.latent,i===this.front?2.5:1);context.setLineDash([])}context.
globalAlpha=1;if(i===this.front)return this.name(at,colour);circle(context,at,DOT,{fill:colours.surface,stroke:colour,width:1.5});
this.write(String(i+1),at[0],at[1]+TEXT/3,colour,"center")}get below(){const[x,y]=this.place(...this.pair("z",this.front));
return[x,y+NAME/2]}decoding(){const{colours:{decoder},sizes:{decodedTop}}=this;const grown=eased(part(this.at(DECODE),.25,
.55));for(const i of this.order){const start=i===this.front?this.below:this.place(...this.pair("z",i));this.context.globalAlpha=
this.weight(i,FAINTEST);line(this.context,[start,between(start,[this.across(i),decodedTop],grown)],decoder,i===this.front?
2.5:1.5)}this.context.globalAlpha=1;const opacity=part(this.at(DECODE),.5,.7);const renewed=eased(this.at(UPDATE));this.
images("decoded",decodedTop,"p(x|z)",decoder,i=>this.weight(i,FADED)*opacity*(1-renewed));if(renewed)this.images("decode\
d_after",decodedTop,"p(x|z)",decoder,i=>this.weight(i,FADED)*renewed)}bars(){const{context,colours,sizes:{barsTop,bars,tile},
iteration:{header,arrays}}=this;const scale=bars/header.deepest;const[drawn,cost]=[eased(part(this.at(DECODE),.7,1)),eased(
this.at(KL))];for(const i of this.order){context.globalAlpha=this.weight(i,FADED);const left=this.across(i)-tile/4;const[
reconstruction,kl]=[-arrays.recon_log_lik[i]*scale*drawn,arrays.kl[i]*scale*cost];const depth=Math.min(bars,reconstruction+
kl);context.fillStyle=colours.decoder;context.fillRect(left,barsTop,tile/2,Math.min(bars,reconstruction));context.fillStyle=
colours.encoder;const end=Math.max(depth-reconstruction,KL_LEAST*cost);context.globalAlpha=1;context.fillRect(left-3,barsTop+
depth-end,tile/2+6,end);if(reconstruction+kl>bars)this.write(fixed(-(reconstruction+kl)/scale,0),this.across(i),barsTop+
bars-8,colours.text,"center",SMALL2,true);if(this.at(UPDATE)>.5){const after=barsTop+Math.min(bars,-arrays.elbo_after[i]*
scale);line(context,[[left-7,after],[left+tile/2+7,after]],colours.latent,3)}}}gradient(){const{colours,front,sizes:{decodedTop,
tile,xTop,barsTop}}=this;const back=this.at(GRADIENT);const[x,z,loc]=[this.across(front),this.place(...this.pair("z",front)),
this.place(...this.pair("loc",front))];const[decoded,image]=[[x,decodedTop],[x,xTop+tile]];this.rise([[x,barsTop],[x,decodedTop+
tile]],colours.decoder,part(back,0,.1));this.rise([decoded,this.below],colours.decoder,part(back,.1,.5));this.rise([z,loc],
colours.encoder,part(back,.5,.7));this.rise([loc,image],colours.encoder,part(back,.7,1));if(back>.5)this.beside("decoder",
decoded,between(decoded,this.below,NEAR_IMAGES),colours.decoder);if(back===1)this.beside("encoder",image,between(image,loc,
NEAR_IMAGES),colours.encoder)}beside(word,from,to,colour){const[x,y]=between(from,to,.5);const isLeft=x>this.sizes.width-
90;this.write(word,x+(isLeft?-14:14),y,colour,isLeft?"right":"left",15,true)}rise(places,colour,share2){if(!share2)return;
const legs=places.slice(1).map((to,k)=>Math.hypot(to[0]-places[k][0],to[1]-places[k][1]));let left=share2*legs.reduce((sum,leg)=>sum+
leg,0);const way=[places[0]];legs.forEach((leg,k)=>{if(left>0)way.push(between(places[k],places[k+1],Math.min(1,left/(leg||
1))));left-=leg});line(this.context,way,colour,5);this.tip(way[way.length-2],way[way.length-1],colour)}tip(from,[x,y],colour){
const{context}=this;context.save();context.translate(x,y);context.rotate(Math.atan2(y-from[1],x-from[0]));context.beginPath();
for(const[across,down]of[[2,0],[-14,-9],[-14,9]])context.lineTo(across,down);context.fillStyle=colour;context.fill();context.
restore()}letters(){const{colours,front,count,sizes:{labels,width,planeTop,barsTop},iteration:{arrays}}=this;const isRight=2*
front<count;const legend=(words,row,colour)=>this.write(words,isRight?width-10:labels+10,planeTop+18+20*row,colour,isRight?
"right":"left",TEXT,true);if(this.at(ENCODE)>.4)legend("q(z|x): oval",0,colours.encoder);if(this.at(NOISE))legend("ε: no\
ise",1,colours.prior);if(this.at(CODE))legend("z: code",2,colours.latent);const[reconstruction,kl]=[arrays.recon_log_lik[front],
arrays.kl[front]];const term=(words,value,row,colour)=>this.write(`${words} ${fixed(value,1)}`,labels-4,barsTop+12+18*row,
colour,"right",SMALL2);if(this.at(DECODE)>.7)term("log p",reconstruction,0,colours.decoder);if(this.at(KL))term("−KL",
-kl,1,colours.encoder);if(this.at(KL)>.9)term("ELBO",reconstruction-kl,2,colours.text);if(this.at(UPDATE)>.5)term("now",
arrays.elbo_after[front],3,colours.latent)}ellipse([z1,z2],[r1,r2],colour,dash,width){const{context}=this;const[x,y]=this.
place(z1,z2);const{scale}=this;context.setLineDash(dash);context.beginPath();context.ellipse(x,y,r1*scale,r2*scale,0,0,2*
Math.PI);context.lineWidth=width;context.strokeStyle=colour;context.stroke();context.setLineDash([])}write(text,x,y,colour,align,size=TEXT,isOver=false){
const{context}=this;context.font=`600 ${size}px system-ui, Segoe UI, Roboto, Arial, sans-serif`;context.textAlign=align;
if(isOver){context.lineWidth=5;context.lineJoin="round";context.strokeStyle=this.colours.surface;context.strokeText(text,
x,y)}context.fillStyle=colour;context.fillText(text,x,y)}};var STAGE_SECONDS=2.4;var REST_SECONDS=2;var[AROUND,AROUND_ON_PHONE]=[312,536];var PICTURES=["x","decoded","decoded_afte\
r"];var KEYS="arrow keys left and right go from stage to stage, up and down from image to image";var SlowMotion=class extends Component{iteration=null;stage=0;time=1;rest=0;front=0;scene=null;frame=0;told=[];place="";constructor(root){
super(root);this.canvas=root.querySelector("canvas");this.output=root.querySelector("output");const[play,back,step]=root.
querySelectorAll("button");this.back=back;this.step=step;this.player=new PlayButton(play,seconds=>this.advance(seconds),
()=>this.begin(),()=>STAGE_SECONDS);back.onclick=()=>this.go(-1);step.onclick=()=>this.go(1);this.play=play;this.canvas.
onclick=event=>this.press(placeOn(event,this.canvas));this.linked=new LinkedState(this.cleanups,"slow_image",()=>this.restore());
share(root,"slow",()=>this.iteration?[this.front]:[],([front])=>this.choose(front));root.onkeydown=event=>this.onKey(event);
this.stillness=matchMedia("(prefers-reduced-motion: reduce)");const onStillness=()=>{play.hidden=this.isStill;if(this.isStill)
this.player.pause()};this.cleanups.listen(this.stillness,["change"],onStillness);onStillness();this.elsewhere=new Elsewhere(
this.cleanups,target=>root.contains(target));this.cleanups.watchSize(root,()=>this.draw())}get isStill(){return this.stillness.
matches}load({header,arrays}){const isFirst=!this.iteration;const isNew=header.number!==this.iteration?.header.number;this.
iteration={header,arrays,pictures:isNew||!this.iteration?picturesOf(header,arrays):this.iteration.pictures};const place=`${header.
number} ${header.stage}`;const answered=this.told.indexOf(place);this.told.splice(0,answered+1);if(answered<0&&(isNew||!this.
told.length)){this.place=place;this.show(header.stage,1)}else if(isNew)this.show(header.stage,this.isStill?1:0);if(isFirst)
this.restore();else this.draw()}get count(){return this.iteration?.arrays.kl.length??0}choose(front){if(!Number.isInteger(
front)||front<0||front>=this.count)return;this.front=front;this.linked.keep(front?String(front+1):"");this.draw()}restore(){
const[number=1]=this.linked.numbers;this.front=Number.isInteger(number)&&number>0&&number<=this.count?number-1:0;this.draw()}press(place){
this.choose(this.scene?.imageAt(place)??-1)}begin(){this.rest=0;if(this.stage===STAGES-1&&this.time>=1)this.show(0,0);else if(this.
time>=1)this.show(this.stage+1,0);this.tell()}advance(seconds){if(this.time<1)this.time=Math.min(1,this.time+seconds/STAGE_SECONDS);else{
this.rest+=seconds;if(this.stage===STAGES-1)return false;if(this.rest>=REST_SECONDS){this.show(this.stage+1,0);if(!this.
elsewhere.isQuiet)this.tell()}}this.draw()}go(by){if(!this.iteration||(by<0?this.back:this.step).disabled)return;this.player.
pause();const stage=this.stage+by;if(stage>=0&&stage<STAGES){this.show(stage,by>0&&!this.isStill?0:1);return this.tell()}
this.tell(this.iteration.header.number+by,by>0?0:STAGES-1)}show(stage,time){this.stage=stage;this.time=time;this.rest=0;
cancelAnimationFrame(this.frame);if(time<1&&!this.player.frame)this.move();this.draw()}move(){let before=performance.now();
const tick=now=>{if(this.player.frame)return;this.time=Math.min(1,this.time+Math.max(0,now-before)/1e3/STAGE_SECONDS);before=
now;this.draw();if(this.time<1)this.frame=requestAnimationFrame(tick)};this.frame=requestAnimationFrame(tick)}tell(number=this.
iteration?.header.number??1,stage=this.stage){const place=`${number} ${stage}`;if(place===this.place)return;this.place=place;
this.told.push(place);this.component.setTriggerValue("at",[number,stage])}onKey(event){const[across,up]=arrowStep(event)??
[0,0];if(across)this.go(across);else if(up)this.choose((this.front-up+this.count)%this.count);else if(event.key===" "&&event.
target===this.canvas&&!this.isStill)this.play.click();else return;event.preventDefault()}draw(){const{iteration,canvas,stage}=this;
const width=this.root.clientWidth;if(!iteration||!width)return;const{names,number,last,colours}=iteration.header;const around=width<
PHONE?AROUND_ON_PHONE:AROUND;const height=sceneHeight(width,document.documentElement.clientHeight-around,zoomOf(canvas)>
1);const context=contextOf(canvas,width,height);context.fillStyle=colours.surface;context.fillRect(0,0,width,height);this.
scene=new Scene(context,width,height,iteration,stage,this.time,this.front);this.scene.draw();this.back.disabled=number===
1&&stage===0;this.step.disabled=number===last&&stage===STAGES-1;const[count,image]=[`${stage+1} of ${STAGES}`,`image ${this.
front+1}`];const text=`${count}: ${names[stage]} · ${image}`;const line2=width<PHONE?`${count} · ${image}`:text;if(this.
output.textContent!==line2)this.output.textContent=line2;canvas.setAttribute("aria-label",`One iteration of AEVB in slow\
 motion, stage ${text}; ${KEYS}`);Object.assign(canvas.dataset,{stage:String(stage),number:String(number),image:String(this.
front+1),time:this.time.toFixed(2)})}destroy(){super.destroy();this.player.pause();cancelAnimationFrame(this.frame)}};function picturesOf(header,arrays){
const shape=header.image_shape;const size=valuesIn(shape);const images=name=>Array.from({length:arrays[name].length/size},
(_,i)=>{const canvas=document.createElement("canvas");fit(canvas,shape);drawBytes(canvas,arrays[name],i*size,shape);return canvas});
return Object.fromEntries(PICTURES.map(name=>[name,images(name)]))}var slow_motion_default=mounting(".slow-motion",SlowMotion);export{slow_motion_default as default};
