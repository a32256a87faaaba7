var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var upperMedian=values=>[...values].sort((a,b)=>a-b)[values.length>>1];function niceStep(rough){const power=10**Math.floor(
Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=rough)}var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;var rgb=hex=>[1,3,5].map(i=>parseInt(hex.slice(i,i+2),16));function inkOn(ground){const[red,green,blue]=rgb(ground).map(
part2=>part2<=10?part2/3294.6:((part2/255+.055)/1.055)**2.4);return .2126*red+.7152*green+.0722*blue>.195?"#14141d":"#ff\
ffff"}var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext(
"2d");function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part2]=[i>>2,i&3];if(ink)
return part2===3?value:ink[part2];return part2===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(
null);function paint(image,left,top,source,start,imageShape,shades=GREYS){if(imageShape.length===3)return paintColour(image,
left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(image.data.buffer);for(let row=0,
from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){pixels[at]=shades[Math.round(
source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){for(let row=0,from=start;row<
height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part2=0;part2<3;part2++)data[at+
part2]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==width||canvas.height!==
height)Object.assign(canvas,{width,height})}function drawMeans(canvas,values,imageShape){const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);
const{data}=image;for(let at=0,from=0;at<data.length;at+=4,from+=parts){if(parts===3)for(let part2=0;part2<3;part2++)data[at+
part2]=255*clamp(values[from+part2],0,1);else data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}
context2d(canvas).putImageData(image,0,0)}var scratch;function mosaic(source,start,rows,columns,imageShape,ink,canvas=document.
createElement("canvas")){const[height,width]=imageShape;fit(canvas,[rows*height,columns*width]);if(scratch?.width!==canvas.
width||scratch.height!==canvas.height)scratch=new ImageData(canvas.width,canvas.height);const shades=shadesOf(ink);for(let i=0;i<
rows*columns;i++){const[left,top]=[i%columns*width,Math.floor(i/columns)*height];paint(scratch,left,top,source,start+i*valuesIn(
imageShape),imageShape,shades)}context2d(canvas).putImageData(scratch,0,0);return canvas}function contextOf(canvas,width,height,on=canvas){
const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.round(height*density),Math.round(width*density)]);
canvas.style.height=`${height}px`;const context=context2d(canvas);context.setTransform(density,0,0,density,0,0);context.
clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font="12px system-ui, Segoe UI, Roboto, Arial, s\
ans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,
y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=
stroke;context.stroke()}function line(context,places,stroke,width){context.beginPath();for(const[x,y]of places)context.lineTo(
x,y);context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a),relu:a=>Math.max(a,0),softplus:a=>Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))};
var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){if(!Object.
hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}function decode({layers,activation,mean},z){let input=Float32Array.from(z);layers.forEach(({rows,columns,weight,
bias,out},index)=>{const f=index<layers.length-1?activation:mean;for(let row=0,w=0;row<rows;row++){let sum=0;for(let column=0;column<
columns;column++)sum+=weight[w++]*input[column];out[row]=f(sum+bias[row])}input=out});return Float32Array.from(input)}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
buffer).getUint32(0,true);const header=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,4,length)));let offset=4+
length;const arrays={};for(const[name,type,shape]of header.arrays){const size=shape.reduce((product,side)=>product*side,
1);const array=new TYPES[type](buffer,offset,size);arrays[name]=array;offset+=Math.ceil(array.byteLength/4)*4}return{header,
arrays}}var Cleanups=class{acts=[];add(act){this.acts.push(act)}listen(target,kinds,handler,capture=false){for(const kind of kinds)
target.addEventListener(kind,handler,capture);this.add(()=>kinds.forEach(kind=>target.removeEventListener(kind,handler,capture)))}watchPage(act){
this.watch(new MutationObserver(act),observer=>observer.observe(document.body,{childList:true,subtree:true}))}watchSize(element,act){
this.watch(new ResizeObserver(act),observer=>observer.observe(element))}watch(observer,begin){begin(observer);this.add(()=>observer.
disconnect())}run(){for(const act of this.acts.splice(0))act()}};var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var coordinates=z=>Array.
from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var shortList=texts=>(texts.length>4?[...texts.slice(0,3),"…"]:texts).map(minus).join(", ");var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var FIRST_MS=1500;var BETWEEN_MS=40;var ROUND_MS=16e3;var REACH=1.7;var TOUCHES=["pointerdown","keydown","wheel","focusi\
n"];var Invitation=class{timer=0;frame=0;home=null;isOver=false;constructor(cleanups,acts){this.acts=acts;cleanups.listen(
document,TOUCHES,()=>this.stop(),true);cleanups.add(()=>this.stop())}start(home){if(this.isOver||isCalm())return;this.timer=
setTimeout(()=>{this.home=home;this.acts.begin();this.wander(performance.now(),0)},FIRST_MS)}wander(began,moved){this.frame=
requestAnimationFrame(now=>{const{home}=this;if(!home)return;if(isCalm())return this.stop();if(now-moved<BETWEEN_MS)return this.
wander(began,moved);const turn=2*Math.PI*(now-began)/ROUND_MS;const way=[Math.sin(2*turn),Math.sin(3*turn)];this.acts.move(
home.map((value,k)=>Math.round(100*(value+REACH*way[k]))/100+0));this.wander(began,now)})}stop(){this.isOver=true;clearTimeout(
this.timer);cancelAnimationFrame(this.frame);const{home}=this;if(!home)return;this.home=null;this.acts.move(home);this.acts.
end()}};var PlayButton=class{frame=0;constructor(element,advance,begin,stepSeconds){this.element=element;this.advance=advance;this.
begin=begin;this.stepSeconds=stepSeconds;element.onclick=()=>this.press();this.say()}press(){if(this.frame)this.pause();else if(isCalm())
this.step();else this.play()}step(){this.begin();this.advance(this.stepSeconds());this.say()}play(){this.begin();let before=performance.
now();const tick=now=>{const seconds=Math.min(.1,Math.max(0,now-before)/1e3);before=now;this.frame=requestAnimationFrame(
tick);if(isCalm()||this.advance(seconds)===false)this.pause()};this.frame=requestAnimationFrame(tick);this.say()}pause(){
cancelAnimationFrame(this.frame);this.frame=0;this.say()}say(){this.element.textContent=this.frame?"Pause":isCalm()?"Nex\
t step":"Play";this.element.setAttribute("aria-pressed",String(Boolean(this.frame)))}};var GROUND="#0b0b12";var EDGE="#7d7d92";var VEIL="rgba(11, 11, 18, 0.4)";var QUIET_EDGE="#55556a";var MARGIN=.07;function tileBox([
left,top,width,height],rows,columns,number){const[w,h]=[width/columns,height/rows];return[left+number%columns*w,top+Math.
floor(number/columns)*h,w,h]}function drawTiles(context,picture,rows,columns,box,veiled=false){const[width,height]=[picture.
width/columns,picture.height/rows];const boxes=Array.from({length:rows*columns},(_,number)=>tileBox(box,rows,columns,number));
context.fillStyle=GROUND;context.fillRect(...box);boxes.forEach(([left,top,w,h],number)=>{const[x,y]=[MARGIN*w,MARGIN*h];
const[column,row]=[number%columns,Math.floor(number/columns)];context.drawImage(picture,column*width,row*height,width,height,
left+x,top+y,w-2*x,h-2*y)});if(veiled){context.fillStyle=VEIL;context.fillRect(...box)}context.lineWidth=1;context.strokeStyle=
veiled?QUIET_EDGE:EDGE;for(const tile of boxes)context.strokeRect(...tile)}var ONE_WAY_SECONDS=3;var PICTURES=7;var STEPS=100;var ASK=["Press the map where A is to be.","Now press the map where B\
 is to be."];var HomePath=class{place=0;direction=1;choosing=null;before=[];constructor(root,plane,model,go){const part2=selector=>root.
querySelector(selector);this.plane=plane;this.model=model;this.go=go;this.slider=part2("input");this.strip=part2("[data-\
role=strip]");this.output=part2("output");this.slider.max=String(STEPS);this.slider.oninput=()=>{const place=Number(this.
slider.value)/STEPS;this.stop();this.goTo(place)};const play=part2("[data-role=play]");this.button=new PlayButton(play,seconds=>this.
advance(seconds),()=>this.begin(),()=>ONE_WAY_SECONDS/(PICTURES-1));this.chooser=part2("[data-role=choose]");this.chooser.
onclick=()=>this.choosing===null?this.choose():this.stop();this.say()}get isPlaying(){return this.button.frame!==0}choose(){
this.button.pause();this.choosing=0;this.before=this.plane.ends;this.plane.root.focus({preventScroll:true});this.plane.root.
scrollIntoView({block:"nearest"});this.say()}take(position){if(this.choosing===null)return false;const end=[position[0],
position[1]??0];this.plane.ends=this.choosing===0?[end]:[this.plane.ends[0],end];this.choosing=this.choosing===0?1:null;
this.plane.drawPath();if(this.choosing!==null){this.go(end);this.say()}else{this.drawStrip();this.goTo(0);if(!isCalm())this.
button.play()}return true}stop(){this.button.pause();if(this.choosing!==null){this.choosing=null;this.plane.ends=this.before;
this.plane.drawPath()}this.say()}begin(){this.choosing=null;if(!isCalm()||this.place>=1)this.place=0;this.direction=1}advance(seconds){
const place=this.place+this.direction*seconds/ONE_WAY_SECONDS;if(place>=1)this.direction=-1;this.goTo(clamp(place,0,1));
return place>0||this.direction===1}goTo(place){this.place=place;this.go(this.positionAt(place));this.say()}positionAt(place){
const[a,b]=this.plane.ends;return a.map((value,k)=>(1-place)*value+place*b[k])}say(){const words=`${Math.round(100*this.
place)} % of the way from A to B`;this.slider.value=String(Math.round(STEPS*this.place));this.slider.disabled=this.choosing!==
null;this.slider.setAttribute("aria-valuetext",words);this.chooser.setAttribute("aria-pressed",String(this.choosing!==null));
this.output.textContent=this.choosing===null?words:ASK[this.choosing];this.output.setAttribute("aria-live",this.choosing===
null?"off":"polite")}drawStrip(){const{decoder,imageShape}=this.model;const[width,size]=[this.strip.clientWidth,valuesIn(
imageShape)];if(!width||this.plane.ends.length<2)return;const images=new Uint8ClampedArray(PICTURES*size);for(let k=0;k<
PICTURES;k++){const z=this.plane.pointAt(this.positionAt(k/(PICTURES-1)));decode(decoder,z).forEach((value,i)=>images[k*
size+i]=255*value)}const height=Math.round(width/PICTURES*imageShape[0]/imageShape[1]);const context=contextOf(this.strip,
width,height);drawTiles(context,mosaic(images,0,1,PICTURES,imageShape),1,PICTURES,[0,0,width,height])}};var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part2=>part2/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part2=>part2*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part2=>part2*22));function cornersOf({left,top,
width,height},rows,columns){const[across,down]=[width/columns,height/rows];const nearest=([x,y])=>[left+across*clamp(Math.
round((x-left)/across),1,columns-1),top+down*clamp(Math.round((y-top)/down),1,rows-1)];return{nearest,ways:NEARBY_CORNERS.
map(([dx,dy])=>[dx*across,dy*down])}}var LEADERLESS=10;var RIM=1.5;var middleOf=box=>[box.left+box.width/2,box.top+box.height/2];function drawLeader(context,box,place,{colour,surface,isHidden}){const centre=middleOf(box);if(isHidden||Math.hypot(place[0]-
centre[0],place[1]-centre[1])<LEADERLESS)return;for(const[ink,rim]of[[surface,RIM],[colour,0]])line(context,[centre,place],
ink,3+2*rim)}var MARGIN2={left:34,bottom:34,top:6,right:6};var NO_CLASS=255;var LETTERS=14;var FONT="system-ui, Segoe UI, Roboto, Ari\
al, sans-serif";function planeOf(side,[low,high]){const{left,top}=MARGIN2;const length=side-left-MARGIN2.right;return{x:value=>left+
(value-low)/(high-low)*length,y:value=>top+(high-value)/(high-low)*length,latent:(px,py)=>[low+(px-left)/length*(high-low),
high-(py-top)/length*(high-low)],within:(px,py)=>px>=left&&py>=top&&px<=left+length&&py<=top+length,box:[left,top,length,
length]}}function clipped(context,{box},draw){context.save();context.beginPath();context.rect(...box);context.clip();draw();
context.restore()}function drawAxes(context,side,span,titles,colours,backdrop,isLow=false){const plane=planeOf(side,span);
const{x,y,box:[left,top,length]}=plane;if(backdrop){clipped(context,plane,()=>{const{span:[from,to],picture,cells:[rows,
columns]}=backdrop;drawTiles(context,picture,rows,columns,[x(from),y(to),x(to)-x(from),y(from)-y(to)],true);backdrop.cover?.(
plane)})}context.strokeStyle=colours.grid;context.strokeRect(left,top,length,length);context.fillStyle=colours.muted;for(const[
value,text]of ticksOf(span,5)){context.textAlign="center";context.fillText(text,x(value),side-MARGIN2.bottom+14);context.
textAlign="right";context.fillText(text,left-4,y(value)+4)}context.lineWidth=4;context.strokeStyle=colours.surface;context.
textAlign="center";const[across,below]=isLow?[left+length-12,top+length-6]:[left+length/2,side-4];if(isLow)context.strokeText(
titles[0],across,below);context.fillText(titles[0],across,below);context.textAlign="left";context.strokeText(titles[1],left+
5,top+14);context.fillText(titles[1],left+5,top+14);context.lineWidth=1;return plane}function drawPoints(context,{x,y},points,labels,classColours,colour,radius){
for(let i=0;i<points.length/2;i++){const fill=labels[i]===NO_CLASS?colour:classColours[labels[i]%10];circle(context,[x(points[2*
i]),y(points[2*i+1])],radius,{fill})}}function drawMark(context,plane,place,colour,surface,name,letters=LETTERS){const[x,
y]=[plane.x(place[0]),plane.y(place[1])];const radius=8/LETTERS*letters;circle(context,[x,y],radius,{stroke:surface,width:6});
circle(context,[x,y],radius,{stroke:colour,width:3});context.font=`bold ${letters}px ${FONT}`;context.lineWidth=4;context.
strokeStyle=surface;context.strokeText(name,x+12,y+5);context.fillStyle=colour;context.fillText(name,x+12,y+5);context.lineWidth=
1}function rowsOfClasses(labels,count){const rows=Array.from({length:count},()=>[]);for(let row=0;row<labels.length;row++)
rows[labels[row]]?.push(row);return rows}var RADIUS=3;var SLICE_MS=6;var TITLE_LEFT=11;var END_PIXELS=22;var HomePlane=class{backdrop=null;plane=null;hidden=new Set;z=[];side=0;constructor(root,about,{
points,labels},coloursNow){const part2=selector=>root.querySelector(selector);this.root=root;this.about=about;this.points=
points;this.labels=labels;this.coloursNow=coloursNow;this.ends=about.ends;this.ground=part2("[data-role=ground]");this.path=
part2("[data-role=path]");this.ring=part2(".plane-cursor");this.layer=part2(".plane-point");const rows=rowsOfClasses(this.
labels,about.classes.length);this.middles=rows.map(own=>[0,1].map(axis=>upperMedian(own.map(row=>points[2*row+axis]))));
const list=part2(".plane-names");this.buttons=about.classes.map((_,number)=>list.appendChild(this.button(number)))}button(number){
const{name,colour}=this.about.classes[number];const button=Object.assign(document.createElement("button"),{type:"button",
className:"plane-name",title:`Hide ${name}`});button.setAttribute("role","checkbox");button.setAttribute("aria-checked",
"true");const letters=button.appendChild(Object.assign(document.createElement("span"),{textContent:name}));Object.assign(
letters.style,{background:colour,color:inkOn(colour)});button.onclick=()=>{if(!this.hidden.delete(number))this.hidden.add(
number);const isHidden=this.hidden.has(number);button.setAttribute("aria-checked",String(!isHidden));button.title=`${isHidden?
"Show":"Hide"} ${name}`;this.draw()};return button}async paint(decoder,imageShape){const{span:[low,high],cells,basis}=this.
about;if(basis.length<2)return;const size=valuesIn(imageShape);const images=new Uint8ClampedArray(cells*cells*size);const at=k=>low+
(k+.5)/cells*(high-low);let began=performance.now();for(let cell=0;cell<cells*cells;cell++){if(performance.now()-began>SLICE_MS){
await new Promise(go=>setTimeout(go));began=performance.now()}const position=[at(cell%cells),-at(Math.floor(cell/cells))];
decode(decoder,this.pointAt(position)).forEach((value,i)=>images[cell*size+i]=255*value)}this.backdrop={span:this.about.
span,picture:mosaic(images,0,cells,cells,imageShape),cells:[cells,cells]};this.draw()}draw(){const side=this.side=this.root.
clientWidth;if(!side)return;const{about:{span,titles,classes},backdrop}=this;const colours=this.coloursNow();const context=contextOf(
this.ground,side,side);const plane=this.plane=drawAxes(context,side,span,[titles[0],""],colours,backdrop);drawUpwards(context,
titles[1],TITLE_LEFT,plane.box[1]+plane.box[3]/2,colours.muted);const rows=Array.from(this.labels.keys()).filter(row=>!this.
hidden.has(this.labels[row]));const points=rows.flatMap(row=>[this.points[2*row],this.points[2*row+1]]);const labels=rows.
map(row=>this.labels[row]);const dots=classes.slice(0,10).map(({colour})=>colour);clipped(context,plane,()=>drawPoints(context,
plane,points,labels,dots,colours.encoder,RADIUS));this.drawPath();this.placeRing()}drawPath(){const{plane,ends,side}=this;
if(!plane)return;const{latent,surface}=this.coloursNow();const context=contextOf(this.path,side,side);const places=ends.
map(([a,b])=>[plane.x(a),plane.y(b)]);this.placeNames(context,places);if(ends.length>1){line(context,places,surface,6);line(
context,places,latent,3)}ends.forEach((end,k)=>drawMark(context,plane,end,latent,surface,"AB"[k]))}placeNames(context,ends){
const{x,y,box:[left,top,width,height]}=this.plane;const[area,{cells,classes},{surface,text}]=[{left,top,width,height},this.
about,this.coloursNow()];const corners=this.backdrop&&cornersOf(area,cells,cells);const taken=ends.map(([px,py])=>({left:px-
10,top:py-10,width:10+END_PIXELS,height:20}));this.buttons.forEach((button,number)=>{const[a,b]=this.middles[number];if(a===
void 0||b===void 0)return;const[w,h]=[button.offsetWidth+2,button.offsetHeight+2];const dots=[x(a),y(b)];const place=[clamp(
dots[0],left+w/2,left+width-w/2),clamp(dots[1],top+h/2,top+height-h/2)];const box=freeBox(corners?.nearest(place)??place,
w,h,corners?.ways??NEARBY,taken,area);if(!box)return;taken.push(box);const{name:mark,colour}=classes[number];drawLeader(
context,box,dots,{mark,colour,surface,text,isHidden:this.hidden.has(number)});Object.assign(button.style,{left:this.share(
box.left+1),top:this.share(box.top+1)})})}placeRing(){if(!this.plane)return;const{x,y}=this.plane;const[a,b=0]=this.position(
this.z);this.layer.style.transform=`translate(${this.share(x(a))}, ${this.share(y(b))})`}share(pixels){return`${100*pixels/
this.side}%`}position(z){return this.about.basis.map(direction=>direction.reduce((sum,u,i)=>sum+u*z[i],0))}pointAt(position){
const z=Array.from(this.about.rest);this.about.basis.forEach((direction,k)=>direction.forEach((u,i)=>z[i]+=u*position[k]));
return z}positionUnder({clientX,clientY}){if(!this.plane)return[0,0];const{left:pageLeft,top:pageTop}=this.root.getBoundingClientRect();
const{latent,box:[left,top,width,height]}=this.plane;return latent(clamp(clientX-pageLeft,left,left+width),clamp(clientY-
pageTop,top,top+height))}within(position){const[low,high]=this.about.span;return position.map(value=>clamp(value,low,high))}};
function drawUpwards(context,text,x,y,colour){context.save();context.translate(x,y);context.rotate(-Math.PI/2);context.fillStyle=
colour;context.textAlign="center";context.fillText(text,0,0);context.restore()}var TAP_PIXELS=8;var BETWEEN_MS2=4;var OTHER_THEME={light:"Dark",dark:"Light"};var part=selector=>document.querySelector(
selector);function bytesIn(role){const letters=atob(part(`[data-role=${role}]`).textContent);const bytes=new Uint8Array(
letters.length);for(let i=0;i<letters.length;i++)bytes[i]=letters.charCodeAt(i);return bytes}var TakeHomePage=class{z=[];drawnAt=0;isPinned=false;isPrinted=false;down=null;constructor(){
const{header,arrays}=unpack(bytesIn("decoder"));const{header:about,arrays:encoded}=unpack(bytesIn("encoded"));this.imageShape=
header.image_shape;this.decoder=decoderOf(header,arrays);this.canvas=part("canvas[data-role=decoded]");this.output=part(
"figcaption output");this.caption=this.output.appendChild(new Text);fit(this.canvas,this.imageShape);this.darkScreen=matchMedia(
"(prefers-color-scheme: dark)");this.plane=new HomePlane(part("[data-role=plane]"),about,encoded,()=>about.colours[this.
theme]);const model={decoder:this.decoder,imageShape:this.imageShape};this.path=new HomePath(part("[data-role=way]"),this.
plane,model,position=>{this.isPinned=false;this.moveTo(this.plane.pointAt(position))});this.invitation=new Invitation(new Cleanups,
{begin:()=>this.invite(true),move:position=>this.moveTo(this.plane.pointAt(position)),end:()=>this.invite(false)});this.
listen();this.moveTo(this.plane.pointAt(about.basis.map(()=>0)));this.showTheme();this.plane.paint(this.decoder,this.imageShape);
this.invitation.start(this.plane.position(this.z))}listen(){const{root}=this.plane;new ResizeObserver(()=>this.plane.draw()).
observe(root);new ResizeObserver(()=>this.path.drawStrip()).observe(this.path.strip);root.addEventListener("pointerrawup\
date",event=>{if(performance.now()-this.drawnAt>BETWEEN_MS2)this.onPointer(event)});root.onpointermove=event=>this.onPointer(
event);root.onpointerdown=event=>this.onDown(event);root.onpointerup=event=>this.onUp(event);root.onpointercancel=()=>this.
down=null;for(const element of[root,this.canvas])element.onkeydown=event=>this.onKey(event);document.addEventListener("k\
eydown",event=>event.key==="Escape"&&this.free());part("[data-role=choose]").addEventListener("click",()=>{this.isPinned=
false;this.draw()});part("[data-role=theme]").onclick=()=>{document.documentElement.dataset.theme=this.theme==="dark"?"l\
ight":"dark";this.showTheme()};this.darkScreen.onchange=()=>this.showTheme();window.onbeforeprint=()=>this.print(true);window.
onafterprint=()=>this.print(false)}invite(isInviting){this.plane.ring.classList.toggle("inviting",isInviting);this.output.
setAttribute("aria-live",isInviting?"off":"polite")}get theme(){const{theme}=document.documentElement.dataset;if(this.isPrinted)
return"light";return theme==="light"||theme==="dark"?theme:this.darkScreen.matches?"dark":"light"}showTheme(){const button=part(
"[data-role=theme]");button.textContent=OTHER_THEME[this.theme];button.setAttribute("aria-label",`${button.textContent} \
colours`);this.plane.draw()}print(isPrinted){this.isPrinted=isPrinted;this.plane.draw()}onPointer(event){if(this.isPinned||
this.path.isPlaying)return;this.invitation.stop();this.moveTo(this.plane.pointAt(this.plane.positionUnder(event)))}onDown(event){
if(isName(event)||event.button!==0)return;this.down=[event.clientX,event.clientY];this.plane.root.setPointerCapture(event.
pointerId);this.onPointer(event)}onUp(event){const{down}=this;this.down=null;if(!down||Math.hypot(event.clientX-down[0],
event.clientY-down[1])>TAP_PIXELS)return;this.press(this.plane.positionUnder(event),event.pointerType==="mouse")}press(position,mayPin){
if(this.path.take(position))return;if(this.path.isPlaying)this.path.stop();else this.isPinned=mayPin&&!this.isPinned;this.
moveTo(this.plane.pointAt(position));this.draw()}free(){this.path.stop();this.isPinned=false;this.draw()}onKey(event){const position=this.
plane.position(this.z);const step=arrowStep(event);if(event.key==="Enter"||event.key===" "){if(!event.repeat)this.press(
position,true)}else if(step){const size=event.shiftKey?.5:.1;this.path.button.pause();this.moveTo(this.plane.pointAt(this.
plane.within(position.map((value,k)=>value+step[k]*size))))}else return;event.preventDefault()}moveTo(z){if(z.length===this.
z.length&&z.every((value,i)=>value===this.z[i]))return;this.z=z;this.draw()}draw(){const pixels=decode(this.decoder,this.
z);drawMeans(this.canvas,pixels,this.imageShape);this.drawnAt=performance.now();this.canvas.pixels=pixels.subarray(0,valuesIn(
this.imageShape));this.canvas.latent=this.z;const texts=coordinates(this.z);this.canvas.dataset.z=texts.join(",");this.canvas.
dataset.pinned=String(this.isPinned);this.caption.data=`z = (${shortList(texts.map(minus))})${this.isPinned?", pinned":""}`;
this.plane.ring.classList.toggle("pinned",this.isPinned);this.plane.z=this.z;this.plane.placeRing()}};var isName=({target})=>target instanceof
Element&&target.closest(".plane-name")!==null;new TakeHomePage;
