var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var zoomOf=element=>/[?&]projector=1(&|$)/.test(globalThis.location?.search??"")?element.currentCSSZoom??1:1;var valuesIn=imageShape=>imageShape.reduce((product,side)=>product*side,1);var context2d=canvas=>canvas.getContext("2d");
function shadesOf(ink){const shades=Uint8ClampedArray.from({length:1024},(_,i)=>{const[value,part]=[i>>2,i&3];if(ink)return part===
3?value:ink[part];return part===3?255:value});return new Uint32Array(shades.buffer)}var GREYS=shadesOf(null);function paint(image,left,top,source,start,imageShape,shades=GREYS){
if(imageShape.length===3)return paintColour(image,left,top,source,start,imageShape);const[height,width]=imageShape;const pixels=new Uint32Array(
image.data.buffer);for(let row=0,from=start;row<height;row++){for(let at=(top+row)*image.width+left,end=at+width;at<end;at++){
pixels[at]=shades[Math.round(source[from++])]}}}function paintColour({data,width:stride},left,top,source,start,[height,width]){
for(let row=0,from=start;row<height;row++){for(let at=4*((top+row)*stride+left),end=at+4*width;at<end;at+=4){for(let part=0;part<
3;part++)data[at+part]=Math.round(source[from++]);data[at+3]=255}}}function fit(canvas,[height,width]){if(canvas.width!==
width||canvas.height!==height)Object.assign(canvas,{width,height})}function drawBytes(canvas,source,start,imageShape){const image=new ImageData(
imageShape[1],imageShape[0]);paint(image,0,0,source,start,imageShape);context2d(canvas).putImageData(image,0,0)}var scratch;function mosaic(source,start,rows,columns,imageShape,ink,canvas=document.createElement("canvas")){const[height,
width]=imageShape;fit(canvas,[rows*height,columns*width]);if(scratch?.width!==canvas.width||scratch.height!==canvas.height)
scratch=new ImageData(canvas.width,canvas.height);const shades=shadesOf(ink);for(let i=0;i<rows*columns;i++){const[left,
top]=[i%columns*width,Math.floor(i/columns)*height];paint(scratch,left,top,source,start+i*valuesIn(imageShape),imageShape,
shades)}context2d(canvas).putImageData(scratch,0,0);return canvas}function contextOf(canvas,width,height,on=canvas){const density=(window.
devicePixelRatio||1)*zoomOf(on);fit(canvas,[Math.round(height*density),Math.round(width*density)]);canvas.style.height=`${height}\
px`;const context=context2d(canvas);context.setTransform(density,0,0,density,0,0);context.clearRect(0,0,width,height);context.
imageSmoothingEnabled=false;context.font="12px system-ui, Segoe UI, Roboto, Arial, sans-serif";return context}function circle(context,[
x,y],radius,{fill,stroke,width=1}){context.beginPath();context.arc(x,y,radius,0,2*Math.PI);if(fill){context.fillStyle=fill;
context.fill()}if(!stroke)return;context.lineWidth=width;context.strokeStyle=stroke;context.stroke()}function line(context,places,stroke,width){
context.beginPath();for(const[x,y]of places)context.lineTo(x,y);context.lineWidth=width;context.strokeStyle=stroke;context.
stroke()}var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
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
cleanups.listen(window,[WANTED],({detail})=>tell(detail))}function put(params,key,text){if(text)params.set(key,text);else params.delete(key)}var isCalm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var REST_MS2=700;var UNSEEN={position:"absolute",width:"1px",height:"1px",overflow:"hidden",clipPath:"inset(50%)"};var labels=new WeakMap;
var Narrator=class{words="";toldAt=0;timer=0;pictures=[];constructor(cleanups,root){if(root){this.region=Object.assign(document.
createElement("span"),{className:"narrator"});this.region.setAttribute("role","status");Object.assign(this.region.style,
UNSEEN);root.append(this.region)}cleanups.add(()=>clearTimeout(this.timer))}tell(words,pictures=[]){this.words=words;this.
pictures=pictures;this.toldAt=performance.now();this.timer||=window.setTimeout(()=>this.rest(),REST_MS2)}rest(){const wait=REST_MS2-
(performance.now()-this.toldAt);this.timer=wait>0?window.setTimeout(()=>this.rest(),wait):0;if(this.timer)return;for(const picture of this.
pictures)label(picture,this.words);if(this.region&&navigator.userActivation?.hasBeenActive!==false)this.region.textContent=
this.words}};function label(picture,words){let parts=labels.get(picture);if(!parts)labels.set(picture,parts=(picture.getAttribute(
"aria-label")??"").split("; "));const[name,...keys]=parts;picture.setAttribute("aria-label",[name,words,...keys].join(";\
 "))}var PlayButton=class{frame=0;constructor(element,advance,begin,stepSeconds){this.element=element;this.advance=advance;this.
begin=begin;this.stepSeconds=stepSeconds;element.onclick=()=>this.press();this.say()}press(){if(this.frame)this.pause();else if(isCalm())
this.step();else this.play()}step(){this.begin();this.advance(this.stepSeconds());this.say()}play(){this.begin();let before=performance.
now();const tick=now=>{const seconds=Math.min(.1,Math.max(0,now-before)/1e3);before=now;this.frame=requestAnimationFrame(
tick);if(isCalm()||this.advance(seconds)===false)this.pause()};this.frame=requestAnimationFrame(tick);this.say()}pause(){
cancelAnimationFrame(this.frame);this.frame=0;this.say()}say(){this.element.textContent=this.frame?"Pause":isCalm()?"Nex\
t step":"Play";this.element.setAttribute("aria-pressed",String(Boolean(this.frame)))}};function share(element,name,read,move){element.shared={read,move};element.dataset.shared=name}var minus=text=>text.replace("-","−");var fixed=(value,digits=3)=>minus(value.toFixed(digits));var grouped=(value,digits=0)=>fixed(
value,digits).replace(/\B(?=(\d{3})+(\.|$))/g,",");var STEPS=3;var WORD=32;var[START,PIXELS,LATENT]=[0,1,2];var Chain=class{constructor({header,arrays}){this.header=header;
this.arrays=arrays;this.count=header.watched;this.steps=STEPS*this.count;this.words=new DataView(arrays.words.buffer,arrays.
words.byteOffset,arrays.words.byteLength);this.offsets=header.lengths.reduce((sums,length)=>[...sums,sums[sums.length-1]+
length],[0]);this.size=valuesIn(header.image_shape);const pictures=name=>Array.from({length:this.count},(_,i)=>{const canvas=document.
createElement("canvas");fit(canvas,header.image_shape);drawBytes(canvas,arrays[name],i*this.size,header.image_shape);return canvas});
this.x=pictures("x");this.means=pictures("means");const{cells,image_shape:shape}=header;this.tiles=arrays.tiles.length?mosaic(
arrays.tiles,0,cells,cells,shape):null;this.owners=this.ownersOf()}nameOf(image){return this.header.first+image+1}height(step){
const image=Math.min(Math.floor(step/STEPS),this.count-1);return this.arrays.heights[4*image+(step-STEPS*image)]}wholeHeight(step){
return Math.ceil(this.height(step))}heightAt(at){const[low,high]=[this.height(Math.floor(at)),this.height(Math.ceil(at))];
return low+(high-low)*(at-Math.floor(at))}costs(image){const[before,without,withPixels,after]=[0,1,2,3].map(step=>this.wholeHeight(
STEPS*image+step));return{taken:before-without,pixels:withPixels-without,latent:after-withPixels,net:after-before}}bound(image){
return this.arrays.bounds[image]}bit(step,bit){const word=Math.floor(bit/WORD);if(word>=this.header.lengths[step])return 0;
return this.words.getUint32(4*(this.offsets[step]+word),true)>>>bit%WORD&1}ownersOf(){const most=Math.ceil(Math.max(...this.
arrays.heights.subarray(0,4*this.count)))+WORD;let owner=new Uint8Array(most);const after=[owner];for(let step=1;step<=this.
steps;step++){const kind=(step-1)%STEPS;if(kind){owner=owner.slice();owner.fill(kind===1?PIXELS:LATENT,this.wholeHeight(
step-1),this.wholeHeight(step))}after.push(owner)}return after}};var chainOf=packed=>new Chain(packed);var GROUND="#0b0b12";var EDGE="#7d7d92";var VEIL="rgba(11, 11, 18, 0.4)";var QUIET_EDGE="#55556a";var MARGIN=.07;function tileBox([
left,top,width,height],rows,columns,number){const[w,h]=[width/columns,height/rows];return[left+number%columns*w,top+Math.
floor(number/columns)*h,w,h]}function drawTiles(context,picture,rows,columns,box,veiled=false){const[width,height]=[picture.
width/columns,picture.height/rows];const boxes=Array.from({length:rows*columns},(_,number)=>tileBox(box,rows,columns,number));
context.fillStyle=GROUND;context.fillRect(...box);boxes.forEach(([left,top,w,h],number)=>{const[x,y]=[MARGIN*w,MARGIN*h];
const[column,row]=[number%columns,Math.floor(number/columns)];context.drawImage(picture,column*width,row*height,width,height,
left+x,top+y,w-2*x,h-2*y)});if(veiled){context.fillStyle=VEIL;context.fillRect(...box)}context.lineWidth=1;context.strokeStyle=
veiled?QUIET_EDGE:EDGE;for(const tile of boxes)context.strokeRect(...tile)}var CLOSE=.4;var TITLE=18;var SEEN=3.2;var ON_TILES="#ffffff";var LEAST_CELL=5;function drawMap(context,box,chain,image,inside,at){
const{colours,reach}=chain.header;const scale=box[2]/(2*reach);const middle=[box[0]+box[2]/2,box[1]+box[3]/2];const place=placing(
middle,[0,0],scale);const[ink,quiet]=chain.tiles?[ON_TILES,ON_TILES]:[colours.prior,colours.muted];const pair=(name,i=image)=>chain.
arrays[name].subarray(2*i,2*i+2);context.save();context.beginPath();context.rect(...box);context.clip();if(chain.tiles)drawTiles(
context,chain.tiles,chain.header.cells,chain.header.cells,box,true);context.setLineDash([4,5]);for(let r=1;r<=3;r++)circle(
context,middle,r*scale,{stroke:ink,width:inside>2&&inside<3?2:1});context.setLineDash([]);for(let i=0;i<image;i++)circle(
context,place(pair("z",i)),2.5,{fill:ink});const[loc,sd,z]=["loc","scale","z"].map(name=>pair(name));const side=CLOSE*box[2];
const corner=[loc[0]>0?box[0]:box[0]+box[2]-side,loc[1]>0?box[1]+box[3]-side:box[1]];const close=[...corner,side,side];const closeMiddle=[
corner[0]+side/2,corner[1]+(side+TITLE)/2];const closePlace=placing(closeMiddle,loc,(side-TITLE)/2/(SEEN*Math.max(sd[0],
sd[1],1e-6)));if(at<STEPS*chain.count||inside<3){const isKnown=inside<2;if(isKnown)ovals(context,place(loc),[sd[0]*scale,
sd[1]*scale],colours.encoder);line(context,[place(isKnown?loc:z),closeMiddle],quiet,1);closeLook(context,close,chain,inside,
{loc,sd,z},closePlace);const drop=clamp((inside-.55)/.35,0,1);if(drop>0)circle(context,place(z),3.5,{fill:colours.latent,
stroke:colours.surface,width:1.5})}context.restore();context.lineWidth=1;context.strokeStyle=EDGE;context.strokeRect(box[0]+
.5,box[1]+.5,box[2]-1,box[3]-1);return closePlace(z)}var placing=(middle,origin,scale)=>z=>[middle[0]+(z[0]-origin[0])*scale,
middle[1]-(z[1]-origin[1])*scale];function ovals(context,middle,radii,colour){context.strokeStyle=colour;context.lineWidth=
2;for(const k of[1,2]){context.beginPath();context.ellipse(...middle,Math.max(1,k*radii[0]),Math.max(1,k*radii[1]),0,0,2*
Math.PI);context.stroke()}}function closeLook(context,box,chain,inside,{loc,sd,z},place){const{colours,cell}=chain.header;
const scale=place([loc[0]+1,loc[1]])[0]-place(loc)[0];context.save();context.beginPath();context.rect(...box);context.clip();
context.fillStyle=colours.surface;context.fillRect(...box);if(cell*scale>=LEAST_CELL){const reach=box[2]/scale;for(const axis of[
0,1]){for(let k=Math.ceil((loc[axis]-reach)/cell-.5);(k+.5)*cell<loc[axis]+reach;k++){const edge=place(axis?[loc[0],(k+.5)*
cell]:[(k+.5)*cell,loc[1]]);line(context,axis?[[box[0],edge[1]],[box[0]+box[2],edge[1]]]:[[edge[0],box[1]],[edge[0],box[1]+
box[3]]],colours.grid,1)}}}const[x,y]=place(z);if(inside>=2){const size=Math.max(4,cell*scale);context.fillStyle=colours.
prior;context.fillRect(x-size/2,y-size/2,size,size)}else ovals(context,place(loc),[sd[0]*scale,sd[1]*scale],colours.encoder);
const drop=clamp((inside-.55)/.35,0,1);if(drop>0&&inside<3)circle(context,[x,y],5+8*(1-drop),{fill:colours.latent,stroke:colours.
surface,width:1.5});context.restore();context.lineWidth=1;context.strokeStyle=colours.muted;context.strokeRect(box[0]+.5,
box[1]+.5,box[2]-1,box[3]-1);context.font="12px system-ui, Segoe UI, Roboto, Arial, sans-serif";context.textAlign="left";
context.fillStyle=colours.text;const words=box[2]<130?"close-up":inside<2?"close-up of q(z|x)":"close-up: cell of z";if(context.
measureText(words).width+5<=box[2])context.fillText(words,box[0]+5,box[1]+15)}function drawSpread(context,[left,top,width,
height],room,chain,image,inside){const{colours,latent_dim:latentDim}=chain.header;const[low,tall]=[top+height+8,room-10];
const column=width/latentDim;const y=value=>low+tall*(.5-clamp(value,-3.5,3.5)/7);for(let j=0;j<latentDim;j++){const k=image*
latentDim+j;const x=left+(j+.5)*column;line(context,[[x,low],[x,low+tall]],colours.grid,1);const[loc,sd]=[chain.arrays.all_loc[k],
chain.arrays.all_scale[k]];if(inside<2)line(context,[[x,y(loc-2*sd)],[x,y(loc+2*sd)]],colours.encoder,Math.min(5,column/
2));if(inside>.6)circle(context,[x,y(chain.arrays.all_z[k])],Math.min(3.5,column/3),{fill:colours.latent})}}var WIDE=720;var LEDGER=104;var NAME_ROOM=92;var SPREAD=64;var GAP=28;var LEAST_WORDED=90;var LEAST_TITLED=60;var LETTERS_OF_END=15;
var MOST_FLYING=260;var HEAT_INK=[98,178,245];var ON_GROUND="#ececf4";var eased=time=>time*time*(3-2*time);var between=(from,to,share2)=>[
from[0]+(to[0]-from[0])*share2,from[1]+(to[1]-from[1])*share2];function placesOf(width,isLow,hasMore){const spread=hasMore?
SPREAD:0;if(width>=WIDE){const tall=isLow?200:clamp(globalThis.innerHeight-430,340,430);const tile2=Math.min(150,(tall-3*
GAP)/3);const map2=Math.min(tall-GAP-spread,.36*width);const left=tile2+34;const tower=left+map2+30;return{tile:tile2,isWide:true,
spread,tall,map:[left,GAP,map2,map2],tower:[tower,GAP,width-tower,tall-GAP]}}const[high,map]=isLow?[110,140]:[130,.52*width];
const top=high+2*GAP;const tile=Math.min((width-map-24)/2,(map-GAP)/2);return{tile,isWide:false,spread,tall:top+map+spread,
map:[0,top,map,map],tower:[0,GAP,width,high]}}var sceneHeight=(width,isLow,chain)=>placesOf(width,isLow,chain.header.latent_dim>
2).tall+LEDGER;var Scene=class{constructor(context,width,isLow,chain,at,direction){this.context=context;this.width=width;
this.chain=chain;this.at=at;this.direction=direction;this.point=[0,0];this.places=placesOf(width,isLow,chain.header.latent_dim>
2);this.step=Math.floor(at);this.time=at-this.step;const isRest=this.time===0&&this.step>0&&(direction>0||this.step===chain.
steps);this.image=Math.min(Math.floor((isRest?this.step-1:this.step)/STEPS),chain.count-1);this.inside=at-STEPS*this.image;
this.colours=chain.header.colours;this.colour=[this.colours.prior,this.colours.data,this.colours.latent]}draw(){this.pictures();
this.map();this.tower();this.flight();this.ledger()}text(text,[x,y],{colour=this.colours.text,align="left",size=13,bold=false}={}){
const{context}=this;context.font=`${bold?"600 ":""}${size}px system-ui, Segoe UI, Roboto, Arial, sans-serif`;context.textAlign=
align;context.fillStyle=colour;context.fillText(text,x,y)}pictureBox(number){const{tile,isWide,map}=this.places;if(isWide)
return[0,GAP+number*(tile+GAP),tile,tile];return[map[2]+12+number%2*(tile+12),map[1]+Math.floor(number/2)*(tile+GAP),tile,
tile]}pictures(){const{inside,chain,image,direction}=this;const isSender=direction>0;const left=1-clamp(inside-1,0,1);const hasPoint=inside>=
.8&&inside<=2.95;const needsPoint=isSender||inside>2.95?this.places.tile<LEAST_WORDED?"later":"comes when z is known":"";
const needsPixels=isSender?needsPoint:inside>1.2?"comes with the pixels":"";this.picture(0,`image ${chain.nameOf(image)}\
, x`,this.colours.data,chain.x[image],isSender?Math.max(.35,left):left,"still on the tower");const hasRoom=this.places.isWide&&
this.places.tile>LEAST_TITLED;const expected=hasRoom?"expected, p(x|z)":"expected";this.picture(1,expected,this.colours.
decoder,chain.means[image],hasPoint?1:isSender&&inside>2.95?.35:0,needsPoint);this.heat(isSender?clamp(inside-.8,0,.2)*5:
inside<1.2&&inside>0?1:0,needsPixels)}picture(number,title,colour,picture,alpha,words){const{context}=this;const box=this.
pictureBox(number);this.text(title,[box[0],box[1]-8],{colour});context.fillStyle=GROUND;context.fillRect(...box);context.
globalAlpha=alpha;if(alpha>0)context.drawImage(picture,...box);context.globalAlpha=1;if(alpha===0)this.wrapped(words,box);
context.lineWidth=1;context.strokeStyle=EDGE;context.strokeRect(box[0]+.5,box[1]+.5,box[2]-1,box[3]-1)}wrapped(words,[left,
top,width,height]){const{context}=this;context.font="12px system-ui, Segoe UI, Roboto, Arial, sans-serif";const lines=words.
split(" ").reduce((rows,word)=>{const longer=`${rows[rows.length-1]} ${word}`;return rows.length&&context.measureText(longer).
width<width-6?[...rows.slice(0,-1),longer]:[...rows,word]},[]);const first=top+height/2+4-8*(lines.length-1);lines.forEach(
(row,i)=>this.text(row,[left+width/2,first+16*i],{colour:ON_GROUND,align:"center",size:12}))}heat(alpha,words){const{chain,
image,colours}=this;const[height,width]=chain.header.image_shape;const values=chain.arrays.heat.subarray(image*height*width,
(image+1)*height*width);this.picture(2,this.places.tile>LEAST_TITLED?this.places.isWide?"bits of each pixel":"bits a pix\
el":"bits",colours.data,mosaic(values,0,1,1,[height,width],HEAT_INK),alpha,words)}map(){const{chain,image,inside}=this;const box=this.
places.map;const{axes,latent_dim:latentDim}=chain.header;this.text(latentDim>2?`z: ${axes[0]} and ${axes[1]} of ${latentDim}`:
"the map, z",[box[0],box[1]-8],{colour:this.colours.latent});const isOver=inside>2.999&&this.at>=STEPS*chain.count;this.
point=drawMap(this.context,box,chain,image,isOver?3:inside,this.at);if(latentDim>2)drawSpread(this.context,box,this.places.
spread,chain,image,inside)}get rows(){const[,,width,height]=this.places.tower;const side=Math.max(3,Math.min(this.places.
isWide?13:20,Math.floor((width-46)/WORD*2)/2));const visible=height/side;return{side,below:Math.max(0,this.chain.heightAt(
this.at)/WORD+4-visible)}}bitPlace(bit){const[left,top,,height]=this.places.tower;const{side,below}=this.rows;return[left+
44+(bit%WORD+.5)*side,top+height-(Math.floor(bit/WORD)-below+.5)*side]}tower(){const{context,colours,chain,at}=this;const[
left,top,,height]=this.places.tower;const{side,below}=this.rows;const level=Math.ceil(chain.heightAt(at));const state=this.
time>0&&chain.height(this.step+1)>chain.height(this.step)?this.step+1:this.step;const owners=chain.owners[state];this.text(
`${grouped(level)} bits`,[left+44,top-8],{bold:true,size:15});context.save();context.beginPath();context.rect(left,top,WORD*
side+46,height+6);context.clip();for(let bit=WORD*Math.floor(below);bit<level;bit++){const[x,y]=this.bitPlace(bit);context.
fillStyle=this.colour[owners[bit]??START];context.globalAlpha=chain.bit(state,bit)?1:.28;context.fillRect(x-side/2,y-side/
2,side-1,side-1)}context.globalAlpha=1;const gap=WORD*Math.max(8,2**Math.ceil(Math.log2(44/side)));for(let bits=gap*Math.
floor(below*WORD/gap);bits<=level+4*WORD;bits+=gap){const y=this.bitPlace(bits)[1]+side/2;if(y<top+6)break;line(context,
[[left+36,y],[left+42,y]],colours.muted,1);this.text(grouped(bits),[left+34,y+4],{colour:colours.muted,align:"right",size:11})}
this.ends(level);context.restore();line(context,[[left+42,top+height+.5],[left+45+WORD*side,top+height+.5]],colours.muted,
1);this.legend(left+44+WORD*side)}ends(level){const{context,colours,chain}=this;const[left,top]=this.places.tower;const{
side}=this.rows;context.setLineDash([4,4]);for(let image=0;image<chain.count;image++){const height=chain.height(STEPS*(image+
1));const y=this.bitPlace(WORD*Math.floor(height/WORD))[1]-side/2;if(y<top)break;if(y+LETTERS_OF_END>this.bitPlace(level)[1]-
side)continue;line(context,[[left+44,y],[left+44+WORD*side,y]],colours.muted,1);this.text(`after image ${chain.nameOf(image)}\
: ${grouped(Math.ceil(height))}`,[left+43+WORD*side,y+13],{colour:colours.muted,align:"right",size:11})}context.setLineDash(
[])}legend(right){const top=this.places.tower[1];const rows=[[this.colour[START],"beginning"],[this.colour[PIXELS],"pixe\
ls"],[this.colour[LATENT],"z"]];let x=right;for(const[colour,words]of rows){this.context.font="12px system-ui, Segoe UI,\
 Roboto, Arial, sans-serif";x-=this.context.measureText(words).width;this.text(words,[x,top-8],{size:12});x-=16;this.context.
fillStyle=colour;this.context.fillRect(x,top-18,11,11);x-=12}}flight(){const{chain,step,time,point,context,colours}=this;
if(!time||step>=chain.steps)return;const kind=step%STEPS;const[from,to]=[chain.wholeHeight(step),chain.wholeHeight(step+
1)];const count=Math.abs(to-from);const flying=Math.min(count,MOST_FLYING);const side=Math.max(3,this.rows.side-2);context.
fillStyle=[colours.encoder,colours.data,colours.latent][kind];for(let k=0;k<flying;k++){const share2=(k+.5)/flying;const bit=Math.
round(from+(to-from)*share2);const there=this.bitPlace(kind?bit:bit-1);const start=kind===1?this.pixelPlace(share2):point;
const moment=clamp((time-.55*share2)/.45,0,1);if(moment<=0||moment>=1)continue;const[x,y]=kind?between(start,there,eased(
moment)):between(there,point,eased(moment));context.fillRect(x-side/2,y-side/2-(8+3*(k*7%19))*Math.sin(Math.PI*moment),side,
side)}}pixelPlace(share2){const{chain,image}=this;const[height,width]=chain.header.image_shape;const heat=chain.arrays.heat.
subarray(image*height*width,(image+1)*height*width);const total=heat.reduce((sum2,value)=>sum2+value,0);let[sum,pixel]=[
0,0];while(pixel<heat.length-1&&(sum+=heat[pixel])<share2*total)pixel++;const box=this.pictureBox(0);return[box[0]+(pixel%
width+.5)/width*box[2],box[1]+(Math.floor(pixel/width)+.5)/height*box[3]]}ledger(){const{context,colours,chain,image,inside,
width}=this;const{taken,pixels,latent,net}=chain.costs(image);const bound=chain.bound(image);const top=this.places.tall+
38;const scale=(width-NAME_ROOM)/Math.max(chain.header.most,1);const parts=[[0,pixels],[pixels,latent],[pixels+latent-taken,
taken]];const bar=(from,to,row,colour,words2)=>{const[x2,w]=[Math.min(from,to)*scale,Math.abs(to-from)*scale];context.fillStyle=
colour;context.globalAlpha=.16;const[left,whole]=parts[row===1?2:from?1:0];context.fillRect(left*scale,top+22*row,whole*
scale,18);context.globalAlpha=1;context.fillRect(x2,top+22*row,w,18);const size=12;context.font=`${size}px system-ui, Se\
goe UI, Roboto, Arial, sans-serif`;const fits=context.measureText(words2).width+8<w;if(fits)this.text(words2,[x2+5,top+22*
row+13],{colour:colours.surface,size});else if(w>0){context.clearRect((left+whole)*scale+3,top+22*row,context.measureText(
words2).width+4,18);this.text(words2,[(left+whole)*scale+5,top+22*row+13],{colour,size})}};this.text(`Image ${chain.nameOf(
image)} takes ${grouped(net)} bits:`,[0,top-8]);const x=bound*scale;line(context,[[x,top-3],[x,top+44]],colours.text,2);
const shares=[clamp(inside,0,1),clamp(inside-1,0,1),clamp(inside-2,0,1)];bar(0,pixels*shares[1],0,colours.data,`pixels ${grouped(
pixels)}`);bar(pixels,pixels+latent*shares[2],0,colours.latent,`+ z ${grouped(latent)}`);bar(pixels+latent,pixels+latent-
taken*shares[0],1,colours.encoder,`− taken off ${grouped(taken)}`);const words=`mean over z, its bound: ${grouped(bound)}`;
context.font="13px system-ui, Segoe UI, Roboto, Arial, sans-serif";const wide=context.measureText(words).width;this.text(
words,[clamp(x-wide/2,0,width-wide),top+60])}};var SLOW_SECONDS=1.6;var FAST_SECONDS=.35;var SLOW_STEPS=2*STEPS;var bitsOf=count=>`${grouped(count)} bit${count===1?"":
"s"}`;var BitTower=class extends Component{chain=null;at=0;direction=1;began=0;frame=0;end=null;constructor(root){super(
root);this.canvas=root.querySelector("canvas");this.slider=root.querySelector("input");this.output=root.querySelector("o\
utput");this.caption=root.querySelector("p");const[play,back,on,step]=root.querySelectorAll("button");this.back=back;this.
forward=[on,step];play.hidden=isCalm();this.player=new PlayButton(play,seconds=>this.advance(seconds),()=>this.begin(),()=>this.
stepSeconds);back.onclick=()=>this.go(-1,STEPS);on.onclick=()=>this.go(1,STEPS);step.onclick=()=>this.go(1,1);this.slider.
oninput=()=>this.jump(Number(this.slider.value));this.narrator=new Narrator(this.cleanups,null);this.linked=new LinkedState(
this.cleanups,"tower_step",()=>this.restore());share(root,"tower",()=>this.chain?[this.at]:[],([at])=>this.jump(at));this.
cleanups.watchSize(root,()=>this.draw())}load(packed){const isNew=packed.header.id!==this.chain?.header.id;const isFirst=!this.
chain;this.chain=chainOf(packed);this.slider.max=String(this.chain.steps);if(isFirst)this.restore();else if(isNew)this.reset();else
this.show()}reset(){this.jump(0);this.direction=1;this.show()}restore(){const[at]=this.linked.numbers;if(this.chain)this.
jump(Number.isInteger(at)?clamp(at,0,this.chain.steps):0)}get last(){return this.chain?.steps??0}get stepSeconds(){return this.
at-this.began<SLOW_STEPS?SLOW_SECONDS:FAST_SECONDS}begin(){cancelAnimationFrame(this.frame);this.end=null;this.direction=
1;if(this.at>=this.last)this.at=0;this.began=this.at}advance(seconds){this.at=Math.min(this.last,this.at+seconds/this.stepSeconds);
this.show();return this.at<this.last}jump(at){this.player.pause();cancelAnimationFrame(this.frame);this.end=null;this.direction=
at<this.at?-1:1;this.at=clamp(at,0,this.last);this.show()}go(by,steps){this.player.pause();cancelAnimationFrame(this.frame);
this.at=this.end??this.at;const to=clamp(steps*(by>0?Math.floor(this.at/steps)+1:Math.ceil(this.at/steps)-1),0,this.last);
this.direction=by;if(isCalm())return this.jump(to);this.end=to;let before=performance.now();const tick=now=>{const moved=this.
at+by*Math.max(0,now-before)/1e3/SLOW_SECONDS;before=now;this.at=by>0?Math.min(to,moved):Math.max(to,moved);this.show();
if(this.at!==to)this.frame=requestAnimationFrame(tick);else this.end=null};this.frame=requestAnimationFrame(tick)}show(){
const{at,back,forward,slider}=this;const place=this.direction>0?Math.ceil(at):Math.floor(at);slider.value=String(place);
back.disabled=at<=0;forward.forEach(button=>button.disabled=at>=this.last);this.linked.keep(place?String(place):"");const words=this.
words(place,at===place);if(this.output.innerHTML!==words)this.output.innerHTML=words;this.caption.textContent=this.headline(
place);slider.setAttribute("aria-valuetext",this.output.textContent);this.narrator.tell(this.output.textContent,[this.canvas]);
Object.assign(this.canvas.dataset,{step:String(place),height:this.chain?.heightAt(at).toFixed(1)});this.draw()}words(place,isDone){
const{chain,direction}=this;if(!chain)return"";const bits=value=>`<b>${bitsOf(value)}</b>`;const isOn=direction>0;const image=Math.
floor((isOn?place-1:place)/STEPS);const step=isOn?(place-1)%STEPS:place%STEPS;if(place===0&&isOn)return`The tower has ${bits(
chain.wholeHeight(0))} to begin with. They are random: the first image chooses its point z with some of them. <b>Put on<\
/b> the first image.`;const{taken,pixels,latent,net}=chain.costs(image);const name=`Image ${chain.nameOf(image)}`;const takenWords=taken?
bits(taken):"less than <b>1 bit</b>";const height=chain.wholeHeight(STEPS*(image+1));const[first,count]=[chain.wholeHeight(
0),image+1];const soon=isDone?"":"soon ";const total=`The tower ${soon}has ${grouped(height)} bits: ${grouped(first)} fr\
om the beginning and ${bits(height-first)} of ${count} image${image?`s, ${grouped((height-first)/count)} each`:""}.`;if(isOn){
if(step===0)return`${name}, step 1 of 3: to choose its point z, the image takes ${takenWords} off the tower. ${taken?`${taken>
1?"They are not lost: they come":"It is not lost: it comes"} back when the image is taken off.`:"The oval is so small th\
at there is hardly a choice."} z lies inside the oval, q(z|x).`;if(step===1)return`${name}, step 2 of 3: the pixels go o\
n, ${bits(pixels)}. A pixel that p(x|z) expects costs almost nothing.`;return`${name}, step 3 of 3: z goes on, ${bits(latent)}\
. ${grouped(pixels)} + ${grouped(latent)}${taken?` − ${grouped(taken)} (of step 1)`:""} = ${bits(net)}; over all z of \
the oval the mean is ${grouped(chain.bound(image))}, its bound. ${total}`}if(step===2)return`${name} comes off. First z:\
 ${bits(latent)}. The decoder draws what it expects there.`;if(step===1)return`${name}: its pixels come off with p(x|z),\
 ${bits(pixels)}. They are the same, bit for bit.`;return`${name}: q(z|x) is known again, and gives ${takenWords} back. ${place?
`The tower is ${soon}as it was after ${image} image${image>1?"s":""}.`:`The tower is ${soon}as it was at the beginning.`}`}headline(place){
const{chain}=this;if(!chain)return"";const isOn=this.direction>0;if(place===0&&isOn)return"These bits are the beginning.";
const image=Math.floor((isOn?place-1:place)/STEPS);const{taken,pixels,latent}=chain.costs(image);const choice=taken?bitsOf(
taken):"less than 1 bit";const texts=isOn?[`↓ ${choice} off, to choose z`,`↑ pixels go on: ${bitsOf(pixels)}`,`↑ z g\
oes on: ${bitsOf(latent)}`]:[`↑ ${choice} given back`,`↓ pixels come off: ${bitsOf(pixels)}`,`↓ z comes off: ${bitsOf(
latent)}`];return`Image ${chain.nameOf(image)} ${texts[(isOn?place-1:place)%STEPS]}`}draw(){const{chain,canvas}=this;const zoom=zoomOf(
canvas);const[width,isLow]=[this.root.clientWidth/zoom,zoom>1];if(!chain||!width)return;const context=contextOf(canvas,width,
sceneHeight(width,isLow,chain));new Scene(context,width,isLow,chain,this.at,this.direction).draw()}destroy(){super.destroy();
this.player.pause();cancelAnimationFrame(this.frame)}};var bit_tower_default=mounting(".bit-tower",BitTower);export{bit_tower_default as default};
