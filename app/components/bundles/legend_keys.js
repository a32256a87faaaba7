function listenToCharts(emitters2,onPlotted){const plots=document.querySelectorAll(".js-plotly-plot");for(const plot of plots){
if(!plot._ev||emitters2.has(plot._ev))continue;emitters2.add(plot._ev);plot.on?.("plotly_afterplot",()=>onPlotted(plot));
onPlotted(plot)}}var legendItems=plot=>[...plot.querySelectorAll(".legend .traces")].map(item=>({item,isVisible:item.__data__[0].
trace.visible===true}));function pressLegend(plot,item){plot._legendMouseDownTime=0;const place=item.querySelector(".leg\
endtoggle");for(const kind of["mousedown","mouseup"])place?.dispatchEvent(new MouseEvent(kind))}var Cleanups=class{acts=[];add(act){this.acts.push(act)}listen(target,kinds,handler,capture=false){for(const kind of kinds)
target.addEventListener(kind,handler,capture);this.add(()=>kinds.forEach(kind=>target.removeEventListener(kind,handler,capture)))}watchPage(act){
this.watch(new MutationObserver(act),observer=>observer.observe(document.body,{childList:true,subtree:true}))}watchSize(element,act){
this.watch(new ResizeObserver(act),observer=>observer.observe(element))}watch(observer,begin){begin(observer);this.add(()=>observer.
disconnect())}run(){for(const act of this.acts.splice(0))act()}};var emitters=new WeakSet;function legend_keys_default(){const cleanups=new Cleanups;const attach=()=>listenToCharts(emitters,
mark);cleanups.watchPage(attach);attach();return()=>cleanups.run()}function mark(plot){for(const{item,isVisible}of legendItems(
plot)){item.setAttribute("tabindex","0");item.setAttribute("role","checkbox");item.setAttribute("aria-label",item.textContent??
"");item.setAttribute("aria-checked",String(isVisible));item.onkeydown=event=>{if(event.key!=="Enter"&&event.key!==" ")return;
event.preventDefault();if(!event.repeat)pressLegend(plot,item)}}}export{legend_keys_default as default};
