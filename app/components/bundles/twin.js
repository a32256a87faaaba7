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
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var WANTED="link-wanted";var REST_MS=400;var MOST_LETTERS=400;var FARTHEST=1e6;function linkedNumbers(key){const text=new URLSearchParams(
location.search).get(key)??"";if(text.length>MOST_LETTERS)return[];const numbers=text.split(",").map(part=>part.trim()?Number(
part):NaN);return numbers.every(number=>Math.abs(number)<=FARTHEST)?numbers:[]}var LinkedState=class{timer=0;text="";path=location.
pathname;constructor(cleanups,key,restore){this.key=key;cleanups.listen(window,["popstate"],()=>{clearTimeout(this.timer);
restore()});whenWanted(cleanups,params=>this.timer&&put(params,key,this.text));cleanups.add(()=>this.forget())}get numbers(){
return linkedNumbers(this.key)}keep(text){clearTimeout(this.timer);this.text=text;this.timer=window.setTimeout(()=>this.
write(),REST_MS)}forget(){clearTimeout(this.timer);this.text="";this.write()}write(){this.timer=0;if(location.pathname!==
this.path)return;const address=new URL(location.href);if((address.searchParams.get(this.key)??"")===this.text)return;put(
address.searchParams,this.key,this.text);history.replaceState({own:true},"",address)}};function whenWanted(cleanups,tell){
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var SERIES_BELOW=.1;var sigmoid=a=>1/(1+Math.exp(-a));function continuousBernoulliMean(logit){if(Math.abs(logit)>SERIES_BELOW)
return-1/Math.expm1(-logit)-1/logit;const square=logit*logit;return .5+logit*(1/12-square*(1/720-square/30240))}var activations={
tanh:Math.tanh,silu:a=>a*sigmoid(a),relu:a=>Math.max(a,0),softplus:a=>Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))};
var means={sigmoid,identity:a=>a,continuous_bernoulli:continuousBernoulliMean};function entryOf(kind,table,name){if(!Object.
hasOwn(table,name))throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`);return table[name]}
function decoderOf({activation,mean,layers},arrays,prefix=""){return{activation:entryOf("activation",activations,activation),
mean:entryOf("mean",means,mean),layers:Array.from({length:layers},(_,number)=>{const[weight,bias]=[arrays[`weight${prefix}${number}`],
arrays[`bias${prefix}${number}`]];const rows=bias.length;return{rows,columns:weight.length/rows,weight,bias,out:new Float32Array(
rows)}})}}function decode({layers,activation,mean},z){let input=Float32Array.from(z);layers.forEach(({rows,columns,weight,
bias,out},index)=>{const f=index<layers.length-1?activation:mean;for(let row=0,w=0;row<rows;row++){let sum=0;for(let column=0;column<
columns;column++)sum+=weight[w++]*input[column];out[row]=f(sum+bias[row])}input=out});return Float32Array.from(input)}var ARROWS={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]};var arrowStep=event=>ARROWS[event.key];var REST_MS2=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS2)}rest(){const wait=REST_MS2-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture2 of this.
pictures)label(picture2,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label(picture2,words){let parts=labels.get(picture2);if(!parts)labels.set(picture2,parts=(picture2.
getAttribute("aria-label")??"").split("; "));const[name,...keys]=parts;picture2.setAttribute("aria-label",[name,words,...keys].
join("; "))}var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;function placeOn(event,on){
const{left,top}=on.getBoundingClientRect();const zoom=zoomOf(on);return[(event.clientX-left)/zoom,(event.clientY-top)/zoom]}function share(element,name,read,move){element.shared={read,move};element.dataset.shared=name}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var upperMedian=values=>[...values].sort((a,b)=>a-b)[values.length>>1];function niceStep(rough){const power=10**Math.floor(
Math.log10(rough));return power*[1,2,5,10].find(factor=>factor*power>=rough)}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));function ticksOf([low,high],count){const step=niceStep((high-low)/Math.max(count,1));const digits=Math.min(20,Math.max(0,
-Math.floor(Math.log10(step)+1e-9)));const[first,last]=[Math.ceil(low/step-1e-9),Math.floor(high/step+1e-9)];return Array.
from({length:Math.max(0,last-first+1)},(_,i)=>{const value=(first+i)*step||0;return[value,fixed(value,digits)]})}var coordinates=z=>Array.
from(z,value=>value.toFixed(2).replace("-0.00","0.00"));var nth=number=>`${number+1}${["st","nd","rd"][number]??"th"}`;var shortList=texts=>(texts.
length>4?[...texts.slice(0,3),"…"]:texts).map(minus).join(", ");var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function paint(image,left,top,source,start,imageShape,shades=GREYS){
if(imageShape.length===3)return paintColour(image,left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(
image.data.buffer);for(let row=0,from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){
pixels[at]=shades[Math.round(source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){
for(let row=0,from=start;row<height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part=0;part<
3;part++)data[at+part]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==
width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawMeans(canvas,values,imageShape){const[height,width,parts=1]=imageShape;const image=new ImageData(width,height);
const{data}=image;for(let at=0,from=0;at<data.length;at+=4,from+=parts){if(parts===3)for(let part=0;part<3;part++)data[at+
part]=255*clamp(values[from+part],0,1);else data[at]=data[at+1]=data[at+2]=255*clamp(values[from],0,1);data[at+3]=255}context2d(
canvas).putImageData(image,0,0)}var scratch;function mosaic(source,start,rows,columns,imageShape,ink,canvas=document.createElement(
"canvas")){const[height,width]=imageShape;fit(canvas,[rows*height,columns*width]);if(scratch?.width!==canvas.width||scratch.
height!==canvas.height)scratch=new ImageData(canvas.width,canvas.height);const shades=shadesOf(ink);for(let i=0;i<rows*columns;i++){
const[left,top]=[i%columns*width,Math.floor(i/columns)*height];paint(scratch,left,top,source,start+i*valuesIn(imageShape),
imageShape,shades)}context2d(canvas).putImageData(scratch,0,0);return canvas}function contextOf(canvas,width,height,on=canvas){
const density=(window.devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.round(height*density),Math.round(width*density)]);
canvas.style.height=`${height}px`;const context=context2d(canvas);context.setTransform(density,0,0,density,0,0);context.
clearRect(0,0,width,height);context.imageSmoothingEnabled=false;context.font="12px system-ui, Segoe UI, Roboto, Arial, s\
ans-serif";return context}function circle(context,[x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,
y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=
stroke;context.stroke()}var covers=(box,other)=>box.left<other.left+other.width&&other.left<box.left+box.width&&box.top<other.top+other.height&&
other.top<box.top+box.height;function freeBox([x,y],width,height,ways,obstacles,area){let first;for(const[dx,dy]of ways){
const box={left:x+dx-width/2,top:y+dy-height/2,width,height};if(box.left<area.left||box.left+width>area.left+area.width)
continue;if(box.top<area.top||box.top+height>area.top+area.height)continue;first??=box;if(!obstacles.some(other=>covers(
box,other)))return box}return first}var NEARBY=Array.from({length:41*41},(_,i)=>[5*(i%41-20),5*(Math.floor(i/41)-20)]).sort((way,other)=>Math.hypot(...way)-
Math.hypot(...other));var NEARBY_CORNERS=NEARBY.map(way=>way.map(part=>part/5)).filter(way=>Math.max(...way.map(Math.abs))<=
8);var DIRECTIONS=[[0,-1],[1,-1],[-1,-1],[1,0],[-1,0],[1,1],[-1,1],[0,1]];var AROUND=[34,56,84].flatMap(far=>DIRECTIONS.
map(way=>way.map(part=>part*far)));var BESIDE=DIRECTIONS.map(way=>way.map(part=>part*22));var GROUND="#0b0b12";var EDGE="#7d7d92";var VEIL="rgba(11, 11, 18, 0.4)";var QUIET_EDGE="#55556a";var MARGIN=.07;function tileBox([
left,top,width,height],rows,columns,number){const[w,h]=[width/columns,height/rows];return[left+number%columns*w,top+Math.
floor(number/columns)*h,w,h]}function drawTiles(context,picture2,rows,columns,box,veiled=false){const[width,height]=[picture2.
width/columns,picture2.height/rows];const boxes=Array.from({length:rows*columns},(_,number)=>tileBox(box,rows,columns,number));
context.fillStyle=GROUND;context.fillRect(...box);boxes.forEach(([left,top,w,h],number)=>{const[x,y]=[MARGIN*w,MARGIN*h];
const[column,row]=[number%columns,Math.floor(number/columns)];context.drawImage(picture2,column*width,row*height,width,height,
left+x,top+y,w-2*x,h-2*y)});if(veiled){context.fillStyle=VEIL;context.fillRect(...box)}context.lineWidth=1;context.strokeStyle=
veiled?QUIET_EDGE:EDGE;for(const tile2 of boxes)context.strokeRect(...tile2)}var MARGIN2={left:34,bottom:34,top:6,right:6};var NO_CLASS=255;var LETTERS=14;var FONT="system-ui, Segoe UI, Roboto, Ari\
al, sans-serif";function planeOf(side,[low,high]){const{left,top}=MARGIN2;const length=side-left-MARGIN2.right;return{x:value=>left+
(value-low)/(high-low)*length,y:value=>top+(high-value)/(high-low)*length,latent:(px,py)=>[low+(px-left)/length*(high-low),
high-(py-top)/length*(high-low)],within:(px,py)=>px>=left&&py>=top&&px<=left+length&&py<=top+length,box:[left,top,length,
length]}}function clipped(context,{box},draw){context.save();context.beginPath();context.rect(...box);context.clip();draw();
context.restore()}function drawAxes(context,side,span,titles,colours,backdrop,isLow=false){const plane=planeOf(side,span);
const{x,y,box:[left,top,length]}=plane;if(backdrop){clipped(context,plane,()=>{const{span:[from,to],picture:picture2,cells:[
rows,columns]}=backdrop;drawTiles(context,picture2,rows,columns,[x(from),y(to),x(to)-x(from),y(from)-y(to)],true);backdrop.
cover?.(plane)})}context.strokeStyle=colours.grid;context.strokeRect(left,top,length,length);context.fillStyle=colours.muted;
for(const[value,text]of ticksOf(span,5)){context.textAlign="center";context.fillText(text,x(value),side-MARGIN2.bottom+14);
context.textAlign="right";context.fillText(text,left-4,y(value)+4)}context.lineWidth=4;context.strokeStyle=colours.surface;
context.textAlign="center";const[across,below]=isLow?[left+length-12,top+length-6]:[left+length/2,side-4];if(isLow)context.
strokeText(titles[0],across,below);context.fillText(titles[0],across,below);context.textAlign="left";context.strokeText(
titles[1],left+5,top+14);context.fillText(titles[1],left+5,top+14);context.lineWidth=1;return plane}function drawPoints(context,{
x,y},points,labels2,classColours,colour,radius){for(let i=0;i<points.length/2;i++){const fill=labels2[i]===NO_CLASS?colour:
classColours[labels2[i]%10];circle(context,[x(points[2*i]),y(points[2*i+1])],radius,{fill})}}function drawMark(context,plane,place,colour,surface,name,letters=LETTERS){
const[x,y]=[plane.x(place[0]),plane.y(place[1])];const radius=8/LETTERS*letters;circle(context,[x,y],radius,{stroke:surface,
width:6});circle(context,[x,y],radius,{stroke:colour,width:3});context.font=`bold ${letters}px ${FONT}`;context.lineWidth=
4;context.strokeStyle=surface;context.strokeText(name,x+12,y+5);context.fillStyle=colour;context.fillText(name,x+12,y+5);
context.lineWidth=1}function nameClasses(context,{x,y,box:[left,top,width,height]},points,rows,names,colours,letters=LETTERS){
const places=[];context.textAlign="center";context.font=`bold ${letters}px ${FONT}`;for(const[kind,name]of names.entries()){
const[a,b]=[0,1].map(axis=>upperMedian(rows[kind].map(row=>points[2*row+axis])));if(a===void 0||b===void 0)continue;const area={
left,top,width,height};const place=freeBox([x(a),y(b)],context.measureText(name).width+4,16,NEARBY,places,area);if(!place)
continue;places.push(place);const[middle,line]=[place.left+place.width/2,place.top+13];context.lineWidth=4;context.strokeStyle=
colours.surface;context.strokeText(name,middle,line);context.fillStyle=colours.text;context.fillText(name,middle,line)}}
function rowsOfClasses(labels2,count){const rows=Array.from({length:count},()=>[]);for(let row=0;row<labels2.length;row++)
rows[labels2[row]]?.push(row);return rows}var Picture=class{constructor(number,header,role,text){const{title,name}=header.models[number];this.shape=header.image_shape;
this.canvas=tile(role,`${title}: ${text}`,this.shape);const figure=made("figure","");this.text=text;this.caption=made("f\
igcaption","",text);figure.append(this.canvas,this.caption);this.element=made("div","twin-picture");this.element.append(
made("strong","twin-again",name),figure)}draw(pixels,place=""){paint2(this.canvas,pixels,this.shape);const words=place||
this.text;if(this.caption.textContent!==words)this.caption.textContent=words}};function tile(role,words,shape){const canvas=picture(
role,words);[canvas.height,canvas.width]=shape;canvas.className="twin-tile";return canvas}function paint2(canvas,pixels,shape){
drawMeans(canvas,pixels,shape);canvas.pixels=pixels}function picture(role,words,hasKeys=false){const canvas=document.createElement(
"canvas");canvas.dataset.role=role;canvas.setAttribute("role",hasKeys?"application":"img");if(hasKeys)canvas.tabIndex=0;
canvas.setAttribute("aria-label",words);return canvas}function made(kind,className,text=""){return Object.assign(document.
createElement(kind),{className,textContent:text})}var HOLE=[255,157,77];var STRIPE={width:5,opaque:[190,90]};var SELDOM=.25;var HOLE_COLOUR=`rgb(${HOLE.join()})`;var Places=class{constructor(number,{
spans,limit,cells,axes,radius},arrays){this.axes=axes;this.radius=radius;this.limit=limit;this.cells=cells;this.maps=Object.
entries(spans).map(([name,extent])=>({extent,distances:arrays[`${name}${number}`]}))}isHole(z){const[across,up=0]=this.axes.
map(axis=>z[axis]);const isOn=z.every((value,axis)=>this.axes.includes(axis)||value===0);const map=this.maps.find(({extent,
distances})=>distances&&Math.max(Math.abs(across),Math.abs(up))<=extent);return isOn&&map?this.distance(map,across,up)>this.
limit:void 0}distance({extent,distances},across,up){const rows=distances.length/this.cells;const place=(share2,count)=>Math.
min(count-1,Math.max(0,share2*count-.5));const[column,row]=[place((across/extent+1)/2,this.cells),place((1-up/extent)/2,
rows)];const[left,top]=[Math.floor(column),Math.floor(row)];const at=(r,c)=>distances[Math.min(r,rows-1)*this.cells+Math.
min(c,this.cells-1)];const between=r=>at(r,left)+(column-left)*(at(r,left+1)-at(r,left));return between(top)+(row-top)*(between(
top+1)-between(top))}draw(context,{box:[left,top,width,height],latent},extent){const map=this.maps.find(candidate=>candidate.
extent===extent);const[columns,rows]=[Math.round(width),Math.round(height)];if(!map?.distances||columns<1)return;const image=new ImageData(
columns,rows);for(let y=0;y<rows;y++){for(let x=0;x<columns;x++){const[across,up]=latent(left+x+.5,top+y+.5);if(this.distance(
map,across,up)<=this.limit)continue;const opaque=STRIPE.opaque[Math.floor((x+y)/STRIPE.width)%2]*(Math.hypot(across,up)<=
this.radius?1:SELDOM);image.data.set([...HOLE,opaque],4*(y*columns+x))}}const stripes=Object.assign(document.createElement(
"canvas"),{width:columns,height:rows});stripes.getContext("2d")?.putImageData(image,0,0);context.drawImage(stripes,left,
top,width,height)}};var IN_A_ROW={small:10,usual:5};var LETTERS2={small:12,usual:15};var FRAME=3;var Draws=class{pixels=new Float32Array;first=-1;key="";constructor(column){
this.column=column;const{title,share:share2}=column.header.models[column.number];this.about=`${title}: ten draws from th\
e prior, decoded; arrow keys choose one. ${share2}`;this.canvas=picture("draws",this.about,true)}get isSmall(){return this.
column.isLow||this.column.isNarrow}get inARow(){return this.isSmall?IN_A_ROW.small:IN_A_ROW.usual}get sizes(){const{header:{
image_shape:[height,width]},arrays,number,side}=this.column;const letters=this.isSmall?LETTERS2.small:LETTERS2.usual;return{
image:Math.round(side/this.inARow*(height/width)),letters,line:arrays[`classes${number}`]?Math.round(1.35*letters):0}}draw({
first,count,chosen}){if(!count)return;const{column,canvas,inARow}=this;const{header,side}=column;const{image,line}=this.
sizes;const rows=Math.ceil(count/inARow);const key=[first,count,chosen,side,inARow,window.devicePixelRatio].join();if(this.
key===key)return;this.key=key;this.decode(first,count);canvas.style.width=`${side}px`;const context=contextOf(canvas,side,
rows*(image+line));context.fillStyle=GROUND;context.fillRect(0,0,side,rows*(image+line));const places=new Float32Array(rows*
inARow*valuesIn(header.image_shape));places.set(this.pixels.map(value=>255*clamp(value,0,1)));for(let row=0;row<rows;row++){
const strip=mosaic(places,row*inARow*valuesIn(header.image_shape),1,inARow,header.image_shape);drawTiles(context,strip,1,
inARow,[0,row*(image+line),side,image])}for(let i=0;i<count;i++){const row=Math.floor(i/inARow);this.mark(context,first+
i,first+i===chosen,tileBox([0,row*(image+line),side,image],1,inARow,i%inARow))}}decode(first,count){if(this.first===first)
return;this.first=first;const{column,canvas}=this;const numbers=Array.from({length:count},(_,i)=>first+i);this.pixels=canvas.
pixels=Float32Array.from(numbers.flatMap(number=>[...column.decode(column.drawAt(number))]));const kinds=numbers.map(number=>column.
classOf(number)).filter(Boolean);canvas.dataset.classes=kinds.join();canvas.setAttribute("aria-label",kinds.length?`${this.
about}. Most like ${kinds.join(", ")}`:this.about)}mark(context,number,isChosen,box){const[left,top,width,height]=box;const{
letters,line}=this.sizes;if(line){context.font=`bold ${letters}px system-ui, Segoe UI, Roboto, Arial, sans-serif`;context.
textAlign="center";context.fillStyle="#ffffff";context.fillText(fitted(context,this.column.classOf(number),width-4),left+
width/2,top+height+letters);context.textAlign="left"}const thickness=Math.min(FRAME,.08*width);const isHole=this.column.
isHole(number);if(isChosen)frame(context,box,isHole?thickness:2*thickness,this.column.header.colours.latent);if(!isHole)
return;const inset=isChosen?thickness:0;frame(context,[left+inset,top+inset,width-2*inset,height-2*inset],thickness,HOLE_COLOUR);
cross(context,left+.82*width,top+.18*height,Math.min(5,.1*width))}under(px,py,count){const{clientWidth:width,clientHeight:height}=this.
canvas;const columns=this.inARow;const rows=Math.ceil(count/columns);const[column,row]=[Math.floor(px/width*columns),Math.
floor(py/height*rows)];const number=row*columns+column;return column>=0&&column<columns&&row>=0&&row<rows&&number<count?
number:-1}};function fitted(context,text,width){const letters=Array.from(text);let count=letters.length;const cut=()=>count<
letters.length?`${letters.slice(0,count).join("")}…`:text;while(count>1&&context.measureText(cut()).width>width)count--;
return cut()}function frame(context,[left,top,width,height],thickness,colour){context.lineWidth=thickness;context.strokeStyle=
colour;context.strokeRect(left+thickness/2,top+thickness/2,width-thickness,height-thickness)}function cross(context,x,y,reach){
context.lineCap="round";for(const[width,colour]of[[6,GROUND],[3,HOLE_COLOUR]]){context.beginPath();context.moveTo(x-reach,
y-reach);context.lineTo(x+reach,y+reach);context.moveTo(x+reach,y-reach);context.lineTo(x-reach,y+reach);context.lineWidth=
width;context.strokeStyle=colour;context.stroke()}context.lineCap="butt"}var LARGEST_PLANE=480;var SMALL_PLANE=350;var PROJECTED={plane:206,margin:16,letters:12};var MANY_POINTS=600;var CELLS={
few:12,many:20};var FEW_PIXELS=200;var NARROW=700;var CIRCLE="99 % of draws";var Column=class{mosaics={};ground={canvas:document.
createElement("canvas"),key:""};constructor(number,header,arrays,decoder){this.number=number;this.header=header;this.arrays=
arrays;this.decoder=decoder;this.rows=rowsOfClasses(arrays.labels,header.class_names.length);const{title,share:share2}=header.
models[number];this.plane=picture("plane",`${title}: latent map; arrow keys move the point, with Shift farther`,true);this.
draws=new Draws(this);this.places=new Places(number,header,arrays);this.element=made("div","twin-column");this.head=made(
"div","twin-head");this.head.append(made("strong","",title));this.picture=new Picture(number,header,"decoded","picture a\
t z");if(share2)this.head.append(made("p","twin-share",share2),this.draws.canvas);this.body=made("div","twin-body");this.
body.append(this.plane,this.picture.element);this.element.append(this.head,this.body)}get width(){return this.element.parentElement?.
clientWidth??0}get isNarrow(){return this.width<NARROW}get side(){const room=this.isNarrow?this.width:this.body.clientWidth;
return Math.min(room,this.isLow?PROJECTED.plane:LARGEST_PLANE)}get isLow(){return zoomOf(this.head)>1}decode(z){return decode(
this.decoder,z)}drawAt(number){const{latent_dim:size}=this.header;return Array.from(this.arrays.draws.subarray(number*size,
(number+1)*size))}drawPlane(isWide,draws,z,zOfX){const{plane:canvas,header:{axes,colours},side}=this;if(!side)return;canvas.
style.width=`${side}px`;const plane=this.drawGround(isWide,side,draws);const context=contextOf(canvas,side,this.isLow?side-
PROJECTED.margin:side);context.drawImage(this.ground.canvas,0,0,side,side);canvas.plane=plane;const letters=this.isLow?PROJECTED.
letters:void 0;clipped(context,plane,()=>{if(zOfX)drawMark(context,plane,zOfX,colours.data,colours.surface,"x",letters);
drawMark(context,plane,[z[axes[0]],axes.length>1?z[axes[1]]:0],colours.latent,colours.surface,"z",letters)})}drawDraw(context,plane,number){
const{header:{axes}}=this;const z=this.drawAt(number);const[x,y]=[plane.x(z[axes[0]]),plane.y(axes.length>1?z[axes[1]]:0)];
if(this.isHole(number))return cross(context,x,y,6);const half=this.side<SMALL_PLANE?3:4;context.fillStyle=GROUND;context.
fillRect(x-half-2,y-half-2,2*half+4,2*half+4);context.fillStyle="#ffffff";context.fillRect(x-half,y-half,2*half,2*half)}drawGround(isWide,side,{
first,count}){const{ground,header,arrays}=this;const{colours,class_colours:classColours,titles,spans,class_names:names}=header;
const reach=isWide?spans.all:spans.near;const span=[-reach,reach];const key=[side,isWide,first,count,window.devicePixelRatio].
join();if(ground.key===key)return ground.canvas.plane;const context=contextOf(ground.canvas,side,side,this.body);const backdrop={
...this.mosaicOn(span),cover:covered=>this.places.draw(context,covered,reach)};const plane=drawAxes(context,side,span,titles,
colours,backdrop,this.isLow);const points=arrays[`points${this.number}`];clipped(context,plane,()=>{drawPoints(context,plane,
points,arrays.labels,classColours,colours.encoder,arrays.labels.length>MANY_POINTS?2:3);context.strokeStyle="#ffffff";context.
setLineDash([5,5]);context.beginPath();context.arc(plane.x(0),plane.y(0),plane.x(header.radius)-plane.x(0),0,2*Math.PI);
context.stroke();context.setLineDash([]);label2(context,plane.x(0),plane.y(header.radius)-6,CIRCLE);nameClasses(context,
plane,points,this.rows,names,colours,this.isLow?PROJECTED.letters:void 0);for(let i=first;i<first+count;i++)this.drawDraw(
context,plane,i)});ground.key=key;ground.canvas.plane=plane;return plane}mosaicOn(span){const{axes,latent_dim:size,image_shape:imageShape}=this.
header;const[low,high]=span;const cells=valuesIn(imageShape)<=FEW_PIXELS?CELLS.few:CELLS.many;return this.mosaics[high]??=
(()=>{const pixels=new Float32Array(cells*cells*valuesIn(imageShape));const middle=cell=>low+(cell+.5)/cells*(high-low);
for(let cell=0;cell<cells*cells;cell++){const z=new Array(size).fill(0);z[axes[0]]=middle(cell%cells);if(axes.length>1)z[axes[1]]=
-middle(Math.floor(cell/cells));pixels.set(this.decode(z).map(value=>255*clamp(value,0,1)),cell*valuesIn(imageShape))}return{
picture:mosaic(pixels,0,cells,cells,imageShape),cells:[cells,cells],span}})()}isHole(number){return this.arrays[`holes${this.
number}`][number]===1}likeness(number){const{header,arrays,number:model}=this;const size=header.latent_dim;return{drawn:this.
decode(this.drawAt(number)),nearest:this.decode(Array.from(arrays[`nearest${model}`].subarray(number*size,(number+1)*size))),
distance:arrays[`distances${model}`][number],limit:header.models[model].limit,isHole:this.isHole(number)}}classOf(number){
const classes=this.arrays[`classes${this.number}`];return classes?this.header.class_names[classes[number]]??"?":""}};function label2(context,x,y,words){
context.font="bold 12px system-ui, Segoe UI, Roboto, Arial, sans-serif";context.textAlign="center";context.textBaseline=
"alphabetic";context.lineJoin="round";context.lineWidth=4;context.strokeStyle=GROUND;context.strokeText(words,x,y);context.
fillStyle="#ffffff";context.fillText(words,x,y);context.textAlign="left"}var TEXTS={drawn:"draw",nearest:"most similar picture of a test image",difference:"bright: here they differ"};var CAPTIONS={
drawn:"draw",nearest:"nearest",difference:"difference"};var STRONGER=2;var HolePair=class{element=made("div","twin-hole");sentence=made(
"p","twin-sentence");constructor(header){this.header=header;this.sentence.append(made("strong","","Orange is a hole: it \
may look real, but no test image has a picture like it."),made("span",""," Press a draw: how far off is it?"));this.halves=
["far","near"].map(kind=>new Half(kind,header.image_shape));this.element.append(...this.halves.map(({element})=>element))}draw(column,{
first,chosen,isPressed}){const{number:model,arrays,header}=column;const distances=arrays[`distances${model}`];const numbers=[
distances.indexOf(Math.max(...distances)),distances.indexOf(Math.min(...distances))];if(isPressed)numbers[column.isHole(
chosen)?0:1]=chosen;const{name}=header.models[model];this.halves.forEach((half,i)=>{half.element.classList.toggle("is-pr\
essed",isPressed&&numbers[i]===chosen);const which=isPressed&&numbers[i]===chosen?`The ${nth(chosen-first)} draw of ${name}`:
`The ${i?"best":"worst"} of ${header.draws} draws of ${name}`;half.draw(which,numbers[i],column)})}};var Half=class{key="";constructor(kind,shape){
this.shape=shape;this.element=made("section","");this.element.dataset.kind=kind;this.title=made("strong","");this.words=
made("p","");const row=made("div","twin-row");this.tiles=Object.keys(TEXTS).map(role=>{const figure=made("figure","");const canvas=tile(
role,TEXTS[role],shape);figure.append(canvas,made("figcaption","",CAPTIONS[role]));row.append(figure);return canvas});this.
element.append(this.title,row,this.words)}draw(which,number,column){const key=[which,number,column.number].join();if(this.
key===key)return;this.key=key;const{drawn,nearest,distance,limit,isHole}=column.likeness(number);this.title.textContent=
`${which}: in ${isHole?"a":"no"} hole`;this.words.textContent=`Difference ${fixed(distance,2)}: ${verdict(isHole,distance/
limit,fixed(limit,2))}`;const texts=Object.values(TEXTS);const pictures=[drawn,nearest,drawn.map((value,i)=>STRONGER*Math.
abs(value-nearest[i]))];this.tiles.forEach((canvas,i)=>{paint2(canvas,pictures[i],this.shape);canvas.setAttribute("aria-\
label",`${which}: ${texts[i]}`)})}};function verdict(isHole,times,limit){if(!isHole)return`below the limit ${limit}, so \
a test image has a picture like it.`;return`${fixed(times,1)} times the limit ${limit}, so no test image has a picture s\
o close.`}var AT_ONCE=10;var HOW="On a map: dots are codes of test images, squares are draws, crosses are draws in a hole. Move ov\
er a map: all models decode the same z, at the ring.";var LIST=new Intl.ListFormat("en-GB");var Twin=class extends Component{header=null;parts=[];z=[];isWide=false;isPending=false;draws={
first:0,count:0,chosen:-1,isPressed:false};hole=null;model=0;inHole=[];mapped=0;how=made("p","twin-how",HOW);constructor(root){
super(root);this.columns=root.querySelector(".twin-columns");this.place=root.querySelector(".twin-place");this.output=root.
querySelector("output");this.more=root.querySelector("[data-role=more]");this.narrator=new Narrator(this.cleanups,root);
this.how.dataset.words="";this.more.onclick=()=>{this.drawTen(this.draws.first+AT_ONCE);this.draw();this.remember()};const buttons=root.
querySelectorAll(".twin-bar span button");this.buttons=[...buttons];for(const button of this.buttons){button.onclick=()=>{
this.scale(button.dataset.role);this.linkedAxes.keep(this.isWide?"1":"")}}this.linkedPlace=new LinkedState(this.cleanups,
"twin",()=>this.restore());this.linkedAxes=new LinkedState(this.cleanups,"twin_axes",()=>this.restore());share(root,"twi\
n",()=>this.z,z=>{this.release();this.z=[...z];this.drawSoon()});this.cleanups.watchSize(this.columns,()=>this.draw());this.
cleanups.listen(window,["twin-seen"],()=>this.draw());this.cleanups.listen(document,["toggle"],()=>this.draw(),true)}load({
header,arrays}){const isFirst=!this.header;const isSame=this.header?.latent_dim===header.latent_dim&&this.header.draws===
header.draws;this.header=header;this.parts=header.models.map((model,number)=>new Column(number,header,arrays,decoderOf(model,
arrays,`${number}.`)));for(const column of this.parts){const{plane,draws:{canvas}}=column;plane.onpointermove=plane.onpointerdown=
event=>this.onPointer(event,plane);plane.onkeydown=event=>this.onKey(event);canvas.onpointermove=canvas.onpointerdown=event=>this.
onDraws(event,column);canvas.onkeydown=event=>this.onDrawsKey(event,column)}this.hole=header.draws?new HolePair(header):
null;this.columns.replaceChildren(...this.parts.map(({element})=>element),this.place,this.how,...this.hole?[this.hole.element]:
[],this.mapSwitch());this.more.parentElement?.replaceChildren(this.more,...this.hole?[this.hole.sentence]:[]);this.columns.
style.setProperty("--models",String(this.parts.length));this.showMap(this.withMostHoles());this.more.hidden=header.draws<=
AT_ONCE;if(isFirst)this.restore();else if(!isSame){this.begin();this.remember()}this.draw()}mapSwitch(){const group=document.
createElement("div");group.className="twin-switch";group.setAttribute("role","group");group.setAttribute("aria-label","M\
odel");this.header.models.forEach(({name},number)=>{const button=Object.assign(document.createElement("button"),{type:"b\
utton",textContent:name});button.onclick=()=>{this.press(number);this.showMap(number);this.remember();this.draw()};group.
append(button)});return group}withMostHoles(){const counts=this.parts.map(({arrays},number)=>(arrays[`holes${number}`]??
[]).reduce((sum,hole)=>sum+hole,0));return counts.indexOf(Math.max(...counts))}showMap(chosen){this.mapped=chosen;this.parts.
forEach(({element},number)=>element.classList.toggle("is-mapped",number===chosen));this.columns.querySelectorAll(".twin-\
switch button").forEach((button,number)=>button.setAttribute("aria-pressed",String(number===chosen)))}begin(){this.z=new Array(
this.header.latent_dim).fill(0);this.drawTen(0)}restore(){if(!this.header)return;this.begin();const[first,chosen,...z]=this.
linkedPlace.numbers;if(first>=0&&first%AT_ONCE===0&&first<Math.max(1,this.header.draws)){this.drawTen(first);if(chosen>=
first&&Number.isInteger(chosen)&&chosen<first+this.draws.count){this.choose(chosen);if(this.parts[z[0]])this.press(z[0])}else if(z.
length===this.z.length){this.release();this.z=z}}this.scale(this.linkedAxes.numbers[0]===1?"all":"near")}remember(){const{
first,chosen,isPressed}=this.draws;this.linkedPlace.keep([first,chosen,...chosen<0?coordinates(this.z):isPressed?[this.model]:
[]].join())}release(){this.draws={...this.draws,chosen:-1,isPressed:false}}press(model){this.draws.isPressed=true;this.model=
model}scale(role){this.isWide=role==="all";for(const button of this.buttons)button.setAttribute("aria-pressed",String(button.
dataset.role===role));this.draw()}drawTen(first){const start=first<this.header.draws?first:0;const count=Math.min(AT_ONCE,
this.header.draws-start);this.draws={first:start,count,chosen:-1,isPressed:false};if(!count)return;const numbers=Array.from(
{length:count},(_,i)=>start+i);const map=this.parts[this.mapped];const distance=number=>map.arrays[`distances${map.number}`]?.[number]??
0;const telling=numbers.filter(number=>!this.parts[0].isHole(number)&&map.isHole(number));this.choose(telling.reduce((best,number)=>distance(
number)>distance(best)?number:best,telling[0]??start));this.press(this.mapped)}choose(number){this.draws.chosen=number;this.
draws.isPressed=false;this.z=this.parts[0].drawAt(number);this.drawSoon()}draw(){const seen=globalThis.twinSeen;if(!this.
header||!seen||seen.header.id!==this.header.id||!this.columns.clientWidth)return;this.columns.classList.toggle("at-place",
this.draws.chosen<0);const decoded=this.parts.map(column=>column.decode(this.z));const isXSeen=Boolean(document.querySelector(
".twin-x-columns")?.checkVisibility());this.inHole=this.parts.map(column=>this.isInHole(column));this.parts.forEach((column,number)=>{
column.draws.draw(this.draws);column.drawPlane(this.isWide,this.draws,this.z,isXSeen?seen.arrays[`z${number}`]:null);const isHole=this.
inHole[number];column.picture.draw(decoded[number],isHole===void 0?"":`in ${isHole?"a":"no"} hole`)});this.hole?.draw(this.
parts[this.draws.isPressed?this.model:this.mapped],this.draws);const texts=coordinates(this.z);this.root.dataset.z=texts.
join(",");this.root.draws=[this.draws.first,this.draws.count];this.root.dataset.draws=this.root.draws.join(",");this.root.
latent=this.z;this.output.textContent=this.words(shortList(texts.map(minus)));this.narrator.tell(this.output.textContent,
this.parts.flatMap(({plane,draws})=>[plane,draws.canvas]))}words(z){const{first,chosen}=this.draws;const what=chosen<0?"\
this place":`the ${nth(chosen-first)} draw`;if(this.inHole.includes(void 0))return chosen<0?`z = (${z}) in every model`:
`z = (${z}): ${what}`;const holes=this.header.models.filter((_,model)=>this.inHole[model]);const names=LIST.format(holes.
map(({name})=>name));return`z = (${z}): ${what} ${chosen<0?"is":"falls"} in ${names?`a hole of ${names}`:"no hole"}`}isInHole(column){
if(this.draws.chosen>=0)return this.header.draws?column.isHole(this.draws.chosen):void 0;return column.places.isHole(this.
z)}onPointer(event,canvas){if(event.pointerType==="touch"&&event.type==="pointerdown")canvas.setPointerCapture(event.pointerId);
const[px,py]=placeOn(event,canvas);if(canvas.plane?.within(px,py))this.moveTo(canvas.plane.latent(px,py))}onDraws(event,column){
if(event.pointerType==="touch"&&event.type==="pointermove")return;const[px,py]=placeOn(event,column.draws.canvas);const number=column.
draws.under(px,py,this.draws.count);const{first,chosen,isPressed}=this.draws;if(number<0||isPressed&&first+number===chosen&&
column.number===this.model)return;this.choose(first+number);this.press(column.number);this.remember()}moveTo(position){this.
release();this.header.axes.forEach((axis,k)=>this.z[axis]=position[k]);this.drawSoon();this.remember()}drawSoon(){if(this.
isPending)return;this.isPending=true;queueMicrotask(()=>{this.isPending=false;this.draw()})}onKey(event){const step=arrowStep(
event);if(!step)return;event.preventDefault();const size=(event.shiftKey?.5:.1)*(this.isWide?this.header.spans.all/this.
header.spans.near:1);this.moveTo(this.header.axes.map((axis,k)=>this.z[axis]+step[k]*size))}onDrawsKey(event,column){const step=arrowStep(
event);const{first,count,chosen}=this.draws;if(!step||!count)return;event.preventDefault();const next=chosen<0?first:chosen+
(step[0]||-step[1]);this.choose(first+(next-first+count)%count);this.press(column.number);this.remember()}};var twin_default=mounting(
".twin",Twin);export{twin_default as default};
