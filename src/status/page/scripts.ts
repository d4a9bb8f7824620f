// The only scripts of the page, inline and named by their hashes. Without them everything is there; they add the reader's own time, and changes as they come.

/** Each time in the reader's zone too, where that is another than UTC and the site's. */
export const timesScript = `(()=>{
const here=Intl.DateTimeFormat().resolvedOptions().timeZone;
const site=document.documentElement.dataset.zone;
const city=here.split("/").pop().replaceAll("_"," ");
const say=(at,zone)=>at.toLocaleString("en-GB",{timeZone:zone,day:"numeric",month:"short",hour:"2-digit",minute:"2-digit"}).split(", ");
const show=()=>{for(const time of document.querySelectorAll("time[datetime*=T]")){
if(time.title)continue;
const at=new Date(time.dateTime),[day,clock]=say(at,here),[utcDay,utcClock]=say(at,"UTC");
if(clock===utcClock||clock===say(at,site)[1])continue;
const said=(day===utcDay?"":day+", ")+clock+" "+city;
time.title=said;
const place=time.closest("b,a")||time,beside=place.nextElementSibling;
if(beside&&beside.classList.contains("lt"))beside.textContent=beside.textContent.replace(/\\)?$/,end=>", "+said+end);
else if(place.localName==="b")place.after(" ("+said+")");
}};
show();addEventListener("tocsin",show);
})()`.replaceAll("\n", "");

/** The stream says that the record changed; then the page is fetched, and what is new takes the place of what was read. */
export const liveScript = `(()=>{
const root=document.documentElement,word=document.createElement("p");
let last=+new Date,wanted=root.dataset.seq,tries=0,wait;
word.className="vh";word.setAttribute("role","status");document.body.append(word);
const main=()=>document.getElementById("main");
const busy=()=>main().contains(document.activeElement)&&/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
const parts=()=>[...main().querySelectorAll("details")].map(one=>[one.querySelector("summary").textContent.trim(),one.open]);
async function renew(){
if(busy())return void later(5000);
try{
const answer=await fetch(location.pathname+location.search,{cache:"no-cache"});
if(!answer.ok)return;
const fresh=new DOMParser().parseFromString(await answer.text(),"text/html"),next=fresh.getElementById("main");
if(!next||busy())return;
last=+new Date;
const opened=new Map(parts()),said=main().querySelector("h1").textContent,focus=document.activeElement,link=main().contains(focus)&&focus.getAttribute("href");
main().replaceWith(next);
for(const one of next.querySelectorAll("details")){if(opened.get(one.querySelector("summary").textContent.trim()))one.open=true}
document.querySelector(".foot").replaceWith(fresh.querySelector(".foot"));
document.title=fresh.title;
document.querySelector("link[rel=icon]").href=fresh.querySelector("link[rel=icon]").href;
root.dataset.seq=fresh.documentElement.dataset.seq;
if(link){const again=[...next.querySelectorAll("a")].find(one=>one.getAttribute("href")===link);again&&again.focus({preventScroll:true})}
const now=next.querySelector("h1");
if(now.textContent!==said)word.textContent=now.textContent;
dispatchEvent(new Event("tocsin"));
if(root.dataset.seq!==wanted&&tries++<5)later(2000);
}catch{}
}
const later=ms=>{clearTimeout(wait);wait=setTimeout(renew,ms)};
new EventSource(root.dataset.events).onmessage=({data})=>{wanted=data;tries=0;if(data!==root.dataset.seq)later(Math.random()*500)};
addEventListener("visibilitychange",()=>{if(!document.hidden&&new Date-last>6e4)later(0)});
})()`.replaceAll("\n", "");
