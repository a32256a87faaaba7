var SVG="http://www.w3.org/2000/svg";function element(name,attributes,parent){const node=document.createElementNS(SVG,name);
for(const[key,value]of Object.entries(attributes))node.setAttribute(key,String(value));parent?.append(node);return node}var WIDTH=320;var HEIGHT=190;var EDGE=26;var BARS=10;function drawAnswers(summary){const height=summary.kind==="choice"?
EDGE+26*Math.max(1,summary.values.length):HEIGHT;const svg=document.createElementNS("http://www.w3.org/2000/svg","svg");
svg.setAttribute("viewBox",`0 0 ${WIDTH} ${height}`);svg.setAttribute("role","img");svg.setAttribute("aria-label",inWords(
summary));const draw={choice:drawChoices,number:drawNumbers,point:drawPoints,curve:drawCurves,loop:drawLoops}[summary.kind];
if(summary.values.length)draw?.(svg,summary.values);return svg}function inWords({kind,count,values}){const answers=`${count}\
 answer${count===1?"":"s"}`;if(!count)return"No answers yet";if(kind==="choice")return`${answers}: ${values.map(([name,times])=>`${name}\
 ${times}`).join(", ")}`;if(kind==="number")return`${answers}, half of them up to ${values[Math.floor(values.length/2)]}`;
return`${answers}, each a ${kind}`}function drawChoices(svg,values){const most=Math.max(...values.map(([,times])=>times));
values.forEach(([name,times],row)=>{const y=4+26*row;element("rect",{x:0,y,width:Math.max(2,WIDTH*times/most),height:22,
rx:4,class:"bar"},svg);element("text",{x:8,y:y+15},svg).textContent=`${name} (${times})`})}function drawNumbers(svg,values){
const[low,high]=spanOf(values);const counts=new Array(BARS).fill(0);for(const value of values)counts[Math.min(BARS-1,Math.
floor(BARS*(value-low)/(high-low)))]+=1;const most=Math.max(...counts);const step=WIDTH/BARS;element("line",{x1:0,x2:WIDTH,
y1:HEIGHT-EDGE,y2:HEIGHT-EDGE,class:"frame"},svg);counts.forEach((count,i)=>{const tall=(HEIGHT-2*EDGE)*count/most;element(
"rect",{x:i*step+1,y:HEIGHT-EDGE-tall,width:step-2,height:tall,class:"bar"},svg)});writeSpan(svg,low,high)}function drawPoints(svg,values){
const across=spanOf(values.map(([x])=>x));const up=spanOf(values.map(([,y])=>y));drawFrame(svg);for(const[x,y]of values){
const place={cx:at(x,across,EDGE,WIDTH-EDGE),cy:at(y,up,HEIGHT-EDGE,EDGE)};element("circle",{...place,r:5,class:"dot"},svg)}
writeSpan(svg,...across);element("text",{x:0,y:12},svg).textContent=`up: ${short(up[0])} to ${short(up[1])}`}function drawCurves(svg,values){
const span=spanOf(values.flat());drawFrame(svg);for(const curve of values){const points=curve.map((y,i)=>`${WIDTH*i/(curve.
length-1)},${at(y,span,HEIGHT-EDGE,EDGE)}`);element("polyline",{points:points.join(" "),class:"line"},svg)}element("text",
{x:0,y:12},svg).textContent=`${short(span[0])} to ${short(span[1])}`}function drawLoops(svg,values){const[across,up]=[0,
1].map(axis=>spanOf(values.flatMap(loop=>loop.filter((_,i)=>i%2===axis))));drawFrame(svg);for(const loop of values){const points=[];
for(let i=0;i+1<loop.length;i+=2){points.push(`${at(loop[i],across,EDGE,WIDTH-EDGE)},${at(loop[i+1],up,HEIGHT-EDGE,EDGE)}`)}
element("polygon",{points:points.join(" "),class:"line"},svg)}writeSpan(svg,...across);element("text",{x:0,y:12},svg).textContent=
`up: ${short(up[0])} to ${short(up[1])}`}var drawFrame=svg=>element("rect",{x:.5,y:17.5,width:WIDTH-1,height:HEIGHT-EDGE-
12,class:"frame"},svg);function spanOf(values){const[low,high]=[Math.min(...values),Math.max(...values)];return low<high?
[low,high]:[low-.5,high+.5]}var at=(value,[low,high],first,last)=>first+(last-first)*(value-low)/(high-low);var short=value=>String(
Number(value.toPrecision(3))).replace("-","−");function writeSpan(svg,low,high){element("text",{x:0,y:HEIGHT-6},svg).textContent=
short(low);element("text",{x:WIDTH,y:HEIGHT-6,"text-anchor":"end"},svg).textContent=short(high)}var SHORTEST_WAIT=500;var LONGEST_WAIT=8e3;var SILENCE=4e4;var LOOK_EVERY=5e3;var Line=class{socket=null;wait=SHORTEST_WAIT;timer=0;heardAt=0;hasEnded=false;constructor(cleanups,tab,owner){
this.address=new URL(`class/live?tab=${tab}`,document.baseURI);this.address.protocol=this.address.protocol==="https:"?"w\
ss:":"ws:";this.owner=owner;cleanups.listen(document,["visibilitychange"],()=>this.followPage());cleanups.listen(window,
["online"],()=>this.openSoon(0));cleanups.listen(window,["pagehide"],()=>this.leave());cleanups.listen(window,["pageshow"],
()=>this.followPage());const look=setInterval(()=>this.look(),LOOK_EVERY);cleanups.add(()=>{clearInterval(look);this.hasEnded=
true;this.leave()});this.followPage()}get isOpen(){return this.socket?.readyState===WebSocket.OPEN}followPage(){if(document.
hidden)this.leave();else this.openSoon(0)}openSoon(wait){clearTimeout(this.timer);this.timer=window.setTimeout(()=>this.
open(),wait)}open(){if(this.hasEnded||document.hidden||this.socket)return;const socket=this.socket=new WebSocket(this.address);
this.heardAt=performance.now();socket.onmessage=({data})=>{this.heardAt=performance.now();this.wait=SHORTEST_WAIT;this.owner.
hear(JSON.parse(data))};socket.onopen=()=>this.owner.change(true);socket.onclose=()=>{if(this.socket===socket)this.lose()}}lose(){
this.socket=null;this.owner.change(false);this.openSoon(this.wait*(.75+Math.random()/2));this.wait=Math.min(LONGEST_WAIT,
2*this.wait)}look(){if(!this.socket||performance.now()-this.heardAt<SILENCE)return;const{socket}=this;this.lose();socket.
close()}leave(){clearTimeout(this.timer);const{socket}=this;this.socket=null;if(socket?.readyState===WebSocket.OPEN)socket.
send(JSON.stringify({away:true}));socket?.close();this.owner.change(false)}say(message){if(!this.isOpen)return false;this.
socket?.send(JSON.stringify(message));return true}};var KEY="aevb-class-answers";var TRY_AGAIN=3e3;var MOST=200;var REFUSED=[400,405,413];var Outbox=class{timer=0;isSending=false;unkept=null;constructor(cleanups,tab,room,change){
this.room=room;this.change=change;this.address=new URL(`class/answers?tab=${tab}`,document.baseURI);cleanups.listen(window,
["online"],()=>this.send());cleanups.add(()=>clearTimeout(this.timer));this.send()}get letters(){if(this.unkept)return this.
unkept;try{const{room,letters}=JSON.parse(localStorage.getItem(KEY)??"{}");return room===this.room()&&Array.isArray(letters)?
letters:[]}catch{return[]}}set letters(letters){try{if(letters.length)localStorage.setItem(KEY,JSON.stringify({room:this.
room(),letters}));else localStorage.removeItem(KEY);this.unkept=null}catch{this.unkept=letters}this.change(letters.length)}add(answer){
const id=Array.from(crypto.getRandomValues(new Uint8Array(12)),byte=>byte.toString(16).padStart(2,"0")).join("");this.letters=
[...this.letters,{id,...answer}].slice(-MOST);this.send()}async send(){clearTimeout(this.timer);this.change(this.letters.
length);if(this.isSending)return;this.isSending=true;try{for(let[letter]=this.letters;letter;[letter]=this.letters){const{
ok,status}=await fetch(this.address,{method:"POST",body:JSON.stringify(letter),keepalive:true});if(!ok&&!REFUSED.includes(
status))throw new Error(`no answer is taken: ${status}`);this.letters=this.letters.filter(({id})=>id!==letter.id)}}catch{
this.timer=window.setTimeout(()=>this.send(),TRY_AGAIN)}finally{this.isSending=false;this.change(this.letters.length)}}};var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
buffer).getUint32(0,true);const header=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,4,length)));let offset=4+
length;const arrays={};for(const[name,type,shape]of header.arrays){const size=shape.reduce((product,side)=>product*side,
1);const array=new TYPES[type](buffer,offset,size);arrays[name]=array;offset+=Math.ceil(array.byteLength/4)*4}return{header,
arrays}}function mounting(selector,View){const views=new WeakMap;return component=>{const{parentElement,data}=component;const root=parentElement.
querySelector(selector);if(!root||!data)return;let view=views.get(parentElement);if(!view){view=new View(root);views.set(
parentElement,view)}view.component=component;view.load(data instanceof Uint8Array?unpack(data):data);return()=>{view.destroy();
views.delete(parentElement)}}}var Cleanups=class{acts=[];add(act){this.acts.push(act)}listen(target,kinds,handler,capture=false){
for(const kind of kinds)target.addEventListener(kind,handler,capture);this.add(()=>kinds.forEach(kind=>target.removeEventListener(
kind,handler,capture)))}watchPage(act){this.watch(new MutationObserver(act),observer=>observer.observe(document.body,{childList:true,
subtree:true}))}watchSize(element2,act){this.watch(new ResizeObserver(act),observer=>observer.observe(element2))}watch(observer,begin){
begin(observer);this.add(()=>observer.disconnect())}run(){for(const act of this.acts.splice(0))act()}};var Component=class{component=null;cleanups=new Cleanups;constructor(root){
this.root=root}load(_data){}destroy(){this.cleanups.run()}};var pathNow=()=>`/${location.pathname.split("/").pop()}`;function goTo(path,search){const address=new URL(`.${path}`,document.
baseURI);address.search=search.toString();history[path===pathNow()?"replaceState":"pushState"]({own:true,isAsked:true},"",
address);window.dispatchEvent(new PopStateEvent("popstate",{state:history.state}))}var EVENT="class-answer";function onAnswer(cleanups,take){cleanups.listen(window,[EVENT],({detail})=>take(detail))}function sharedOnPage(){const elements=document.querySelectorAll("[data-shared]");return new Map([...elements].filter(({
shared})=>shared).map(element2=>[element2.dataset.shared??"",element2]))}var POLL=40;var TICK=250;var STILL=300;var PLACES=["z","pinned","toy","q"];var LOOKS=["projector","embed","embed_options"];
var AWAY="aevb-class-away";var BEST="aevb-class-best";var LEADS="aevb-class-leads";var ROOM="--class-card";var BOARD="/c\
lass";var TAB=Array.from(crypto.getRandomValues(new Uint8Array(8)),byte=>byte.toString(16).padStart(2,"0")).join("");var ClassCard=class extends Component{room="";isTeacher=false;isOpen=false;here=0;unsent=0;lead={
on:false,mine:false,move:0,link:null};places={};display=null;isAway=false;goneTo="";path=pathNow();link={text:"",since:0,
sent:""};sentPlaces="";sentLook="";put=new WeakMap;constructor(root){super(root);const part=role=>root.querySelector(`[d\
ata-role=${role}]`);this.words=part("words");this.answers=part("answers");this.button=part("act");this.button.onclick=()=>this.
act();this.cleanups.watchSize(root,()=>this.makeRoom());this.cleanups.add(()=>document.documentElement.style.removeProperty(
ROOM));const timers=[setInterval(()=>this.tellPlaces(),POLL),setInterval(()=>this.tick(),TICK)];this.cleanups.add(()=>timers.
forEach(clearInterval))}load({room}){this.enter(room);if(this.line)return;const change=waiting=>{this.unsent=waiting;this.
draw()};const outbox=new Outbox(this.cleanups,TAB,()=>this.room,change);onAnswer(this.cleanups,answer=>outbox.add(answer));
this.line=new Line(this.cleanups,TAB,{hear:news=>this.hear(news),change:isOpen=>this.change(isOpen)})}enter(room){if(room===
this.room)return;this.room=room;this.isAway=recall(AWAY)===room;this.goneTo=""}change(isOpen){this.isOpen=isOpen;this.sentLook=
this.sentPlaces=this.link.sent="";this.draw()}hear(news){if("room"in news)this.enter(news.room);if("teacher"in news)this.
isTeacher=news.teacher;if("here"in news)this.here=news.here;if("lead"in news)this.lead=news.lead;if("places"in news)this.
places=news.places;if("display"in news)this.display=news.display;if("room"in news)this.leadAgain();if(this.isFollowing)this.
follow();this.draw()}leadAgain(){if(!this.isTeacher||!this.lead.tab||this.lead.mine||this.lead.tab!==recall(LEADS))return;
keep(LEADS,TAB);this.line?.say({follow:true})}get isFollowing(){return this.lead.on&&!this.isTeacher&&!this.isAway}act(){
if(this.isTeacher){const isOn=!this.lead.mine;keep(LEADS,isOn?TAB:null);this.line?.say({follow:isOn});return}this.lookAway(
!this.isAway);if(this.isFollowing){this.goneTo="";this.follow()}}lookAway(isAway){this.isAway=isAway;keep(AWAY,isAway?this.
room:null);this.draw()}makeRoom(){const height=this.root.hidden?0:this.root.offsetHeight+20;document.documentElement.style.
setProperty(ROOM,`${height}px`)}follow(){const{link,move}=this.lead;const goal=`${this.room} ${move}`;if(link&&this.goneTo!==
goal){this.goneTo=goal;this.goTo(link)}for(const[name,element2]of sharedOnPage())if(name in this.places)this.move(element2,
this.places[name])}goTo({path,query}){if(path===pathNow()&&query===queryNow())return;const search=new URLSearchParams(query);
for(const[name,value]of new URLSearchParams(location.search))if(LOOKS.includes(name))search.append(name,value);this.path=
path;goTo(path,search)}move(element2,place){const now=rounded(element2.shared.read());if(now.length!==place.length||now.
join()===place.join())return;const state=`${place} ${now}`;if(this.put.get(element2)===state)return;element2.shared.move(
place);this.put.set(element2,`${place} ${rounded(element2.shared.read())}`)}tick(){if(document.hidden||!this.room)return;
const path=pathNow();if(path!==this.path){this.path=path;if(this.isFollowing&&this.lead.link&&path!==this.lead.link.path)
this.lookAway(true);this.draw()}if(this.isFollowing)this.follow();this.tellLook(path);if(this.lead.mine)this.tellLink(path)}tellLook(path){
const toy=document.querySelector(".bound-toy[data-elbo]");const best=recallBest(this.room);if(toy?.view&&!this.isTeacher&&
!this.isFollowing){const lead=Number(toy.dataset.elbo)-Number(toy.dataset.encoderElbo);if(!best||lead>best.lead+1e-6)keep(
BEST,JSON.stringify({room:this.room,lead,view:toy.view}))}const look={path,best:recallBest(this.room)?.view??null};const text=JSON.
stringify(look);if(text!==this.sentLook&&this.line?.say({look}))this.sentLook=text}tellLink(path){if(path===BOARD)return;
const text=`${path}?${queryNow()}`;const now=performance.now();if(text!==this.link.text)this.link={...this.link,text,since:now};
if(text===this.link.sent||now-this.link.since<STILL&&this.link.sent)return;if(this.line?.say({link:{path,query:queryNow()}}))
this.link.sent=text}tellPlaces(){if(!this.lead.mine||document.hidden||pathNow()===BOARD)return;const places=Object.fromEntries(
[...sharedOnPage()].map(([name,{shared}])=>[name,rounded(shared.read())]).filter(([,place])=>place.length));const text=JSON.
stringify(places);if(text!==this.sentPlaces&&this.line?.say({places}))this.sentPlaces=text}draw(){const[words,button]=this.
isTeacher?this.teacherWords():this.pupilWords();const state=this.isTeacher?"teacher":this.isFollowing?"following":this.lead.
on?"away":"free";Object.assign(this.root.dataset,{state,line:this.isOpen?"open":"closed",unsent:String(this.unsent)});if(this.
words.textContent!==words)this.words.textContent=words;if(this.button.textContent!==button)this.button.textContent=button;
this.button.hidden=!button||!this.isOpen;this.drawAnswers();this.root.hidden=!words&&this.answers.hidden}teacherWords(){
if(!this.isOpen)return["There is no connection to the class. The page tries again.",""];const here=`${this.here} pupil${this.
here===1?"":"s"}`;if(this.lead.mine)return[`${here} follow${this.here===1?"s":""} you.`,"Let them go"];return[`${here} h\
ere.${this.lead.on?" They follow another tab of yours.":""}`,"Follow me"]}pupilWords(){const letters=this.unsent?` ${this.
unsent} of your answers wait${this.unsent===1?"s":""} for the connection.`:"";if(!this.lead.on)return[letters.trim(),""];
if(!this.isOpen&&!document.hidden)return[`The connection to the teacher is broken. The page tries again.${letters}`,""];
if(this.isAway)return[`The teacher shows something.${letters}`,"Come along"];return[`You follow the teacher.${letters}`,
"Look around"]}drawAnswers(){const answers=this.isTeacher&&pathNow()===BOARD?null:this.display;this.answers.hidden=!answers;
const text=answers?JSON.stringify(answers):"";if(this.answers.dataset.answers===text)return;this.answers.dataset.answers=
text;const summary=this.answers.querySelector("summary");summary.textContent=answers?`${answers.words?`${answers.words} `:
""}The class: ${inWords(answers)}`:"";this.answers.replaceChildren(summary,...answers?[drawAnswers(answers)]:[])}};var rounded=place=>Array.
from(place,value=>Math.round(value*1e4)/1e4);function queryNow(){const query=new URLSearchParams(location.search);for(const name of[
...PLACES,...LOOKS])query.delete(name);query.sort();return query.toString()}function recall(key){try{return sessionStorage.
getItem(key)}catch{return null}}function keep(key,value){try{if(value===null)sessionStorage.removeItem(key);else sessionStorage.
setItem(key,value)}catch{}}function recallBest(room){const best=JSON.parse(recall(BEST)??"null");return best?.room===room?
best:null}var class_card_default=mounting(".class-card",ClassCard);export{class_card_default as default};
