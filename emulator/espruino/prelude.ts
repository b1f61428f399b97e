/**
 * What runs in the interpreter before the bundle: a Linux build has no I2C bus, no keys and no memory-mapped flash, so these few
 * functions stand in for them and speak with the board's chips in the engine's process. What they have to say they print, one line for
 * each event, `##WHAT text`; what the engine wants of them it types, as calls of `virtualBoard` that are answered with `##TAKEN id`
 * and then `##DONE id`.
 *
 * Reading the clock chip can't wait for another process: its registers are kept here too, and run with the interpreter's own clock.
 */

import { looseImage } from "../machine/images.ts";
import { contactsOf } from "../machine/keypad.ts";
import type { Installation } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import { GROUND } from "../machine/pins.ts";
import { programOf } from "../machine/tokens.ts";
import type { ClockMirror } from "./clock-mirror.ts";

export interface PreludeOptions {
  manifest: Manifest;
  /** What the token's serial line is, like `/dev/pts/3`. */
  device: string;
  seed: number;
  /** Moments that it speaks of are seconds since this one, of Unix time. */
  epoch: number;
  clock: ClockMirror;
  /** Contacts that fingers hold closed, as indices into `contacts`. */
  down: number[];
}

/** All that an interpreter runs: the prelude, the bundle, and its start. @param install installed first */
export function tokenScript(bundle: string, install: Installation | undefined, options: PreludeOptions): string {
  const start = "ochre.start();\nvirtualBoard.started();";
  const body = install === undefined ? start : `${installation(install)}\n${start}`;
  // Without memory-mapped flash there are no slots: what stands beside the bundle in an image is a file of its own. Beside the slots of
  // another engine's flash there is no room for it, so it is in the interpreter's memory.
  const { storage } = options.manifest;
  const image = Buffer.from(looseImage(options.manifest, bundle), "latin1").toString("base64");
  const files = `virtualBoard.file(${JSON.stringify(storage.loose)},atob("${image}"));\n`;
  return `${prelude(options)}var ochre=${programOf(bundle)};\ntry{\n${files}${body}\n}catch(e){say("FAILED",e.message)}\n`;
}

function installation({ serial, keyVersion, enc, mac, dek }: Installation): string {
  const bytes = (key: Uint8Array) => `new Uint8Array([${[...key].join()}])`;
  return `ochre.install(${JSON.stringify(serial)},${keyVersion},${bytes(enc)},${bytes(mac)},${bytes(dek)});`;
}

function prelude({ manifest, ...options }: PreludeOptions): string {
  const setup = {
    ...options,
    contacts: contactsOf(manifest.keypad).map(({ contact }) => contact.map((pin) => `D${pin}`)),
    ground: `D${GROUND}`,
    blanks: "rows" in manifest.keypad ? manifest.keypad.rows.length : BUTTON_SCANS,
    display: manifest.display.address,
    chip: manifest.clock?.address,
    journal: manifest.storage.journal,
    looks: LONGEST_WORK / LOOK_MS,
    lookMs: LOOK_MS,
  };
  const say = 'function say(what,text){print("##"+what+" "+text)}';
  return `echo(0);${say}\nsay("BEGUN","");\nvar virtualBoard=(function(setup){\n${BOARD}})(${JSON.stringify(setup)});\n`;
}

/** A driver of buttons takes one for released that it has missed so often. */
const BUTTON_SCANS = 2;
/** How often it is looked whether the firmware rests, and how long it may work on one thing, in milliseconds. */
const LOOK_MS = 10;
export const LONGEST_WORK = 60_000;

/**
 * `due` has the firmware's own timers: it rests when none of them is soon, but for the one that looks at keys while a finger is on one: it
 * looks for as long as the finger stays. A press without times of its own keeps the finger down until
 * the firmware has seen the key in two scans, and off until it has scanned all rows without it, or all buttons twice, so that a busy computer loses no key.
 * The flash is shown in the RP2040's pages, so that a dump of either is one of the other. Nothing but the journal has an address: what
 * the bundle can't find it does not call, and machine code there is another processor's. The heartbeat ends an interpreter whose
 * engine is gone: nobody reads what it prints.
 */
const BOARD = `
function hex(data){var text="";for(var i=0;i<data.length;i++)text+=(256+data[i]).toString(16).substr(1);return text}
function bcd(n){return (Math.floor(n/10)<<4)|(n%10)}
function number(digits){return (digits>>4)*10+(digits&15)}

var later=setTimeout,never=clearTimeout,due={},scan,fingers={},sightings=0,blanks=0;
global.setTimeout=function(call,ms){
  var id=later(function(){
    var before=sightings+blanks;
    delete due[id];
    call();
    if(sightings+blanks!=before)scan=call;
  },ms);
  due[id]={at:getTime()+ms/1000,call:call};
  return id;
};
global.clearTimeout=function(id){if(id)delete due[id];never(id)};
function busy(){
  var soon=getTime()+0.1,held=false;
  for(var key in fingers)if(fingers[key])held=true;
  for(var id in due)if(due[id].at<soon&&!(held&&due[id].call===scan))return true;
  return false;
}
function rest(call,giveUp){
  var looks=0;
  function look(){
    if(!busy())call();
    else if(looks++<setup.looks)later(look,setup.lookMs);
    else giveUp();
  }
  look();
}

var clock=setup.clock,pointer=0;
function registers(){
  var seconds=Math.floor(clock.shown+(getTime()-clock.at)*clock.rate),date=new Date(seconds*1000),year=date.getFullYear();
  return [bcd(date.getSeconds()),bcd(date.getMinutes()),bcd(date.getHours()),1+((Math.floor(seconds/86400)+clock.weekdayShift)%7),
    bcd(date.getDate()),bcd(date.getMonth()+1)|(year>2099?128:0),bcd(year%100)].concat(clock.registers.slice(7));
}
function writeClock(data){
  pointer=data[0]%19;
  if(data.length<2)return;
  var all=registers(),now=getTime(),time=false;
  for(var i=1;i<data.length;i++){
    if(pointer<7){all[pointer]=data[i];time=true}
    else if(pointer==15)clock.registers[15]=data[i]&(127|clock.registers[15]);
    else if(pointer<17)clock.registers[pointer]=data[i];
    pointer=(pointer+1)%19;
  }
  if(time){
    clock.at=now;
    clock.shown=new Date(2000+(all[5]&128?100:0)+number(all[6]),number(all[5]&127)-1,number(all[4]),
      number(all[2]),number(all[1]),number(all[0])).getTime()/1000;
  }
  say("CLOCK",++clock.writes+" "+(now-setup.epoch).toFixed(6)+" "+hex(data));
}

var drawing=false;
I2C1.setup=function(){};
I2C1.writeTo=function(address){
  var data=E.toUint8Array([].slice.call(arguments,1));
  if(address==setup.chip)return writeClock(data);
  if(address!=setup.display)throw new Error("jshI2CWrite: I2C I/O error");
  say("DISPLAY",hex(data));
  if(drawing)return;
  drawing=true;
  later(function(){drawing=false;say("PICTURE","")},0);
};
I2C1.readFrom=function(address,length){
  if(address!=setup.chip)throw new Error("jshI2CRead: I2C I/O error");
  var all=registers(),bytes=new Uint8Array(length);
  for(var i=0;i<length;i++){bytes[i]=all[pointer];pointer=(pointer+1)%19}
  return bytes;
};

var low={},closed={},watches=[],lastWatch=0;
low[setup.ground]=true;
setup.down.forEach(function(key){fingers[key]=closed[key]=true});
function lowPins(){
  var pins={},more=true;
  for(var pin in low)if(low[pin])pins[pin]=true;
  while(more){
    more=false;
    for(var key in closed){
      var ends=setup.contacts[key];
      if(closed[key]&&!pins[ends[0]]!=!pins[ends[1]]){pins[ends[0]]=pins[ends[1]]=more=true}
    }
  }
  return pins;
}
global.pinMode=global.analogWrite=function(){};
global.digitalWrite=function(pins,value){
  if(pins.length===undefined){low[""+pins]=!value;return}
  for(var i=pins.length-1;i>=0;i--){low[""+pins[i]]=!(value&1);value>>=1}
};
global.digitalRead=function(pins){
  var lows=lowPins(),value=0,found=false;
  if(pins.length===undefined)return lows[""+pins]?0:1;
  for(var i=0;i<pins.length;i++){
    value*=2;
    if(lows[""+pins[i]])found=true;else value++;
  }
  if(found)sightings++;else blanks++;
  return value;
};
global.setWatch=function(call,pin,options){
  var edge=options&&options.edge||"both";
  watches.push({id:++lastWatch,call:call,pin:pin,edge:edge,repeat:options===true||!!(options&&options.repeat),high:!lowPins()[""+pin]});
  return lastWatch;
};
global.clearWatch=function(id){
  var left=watches.filter(function(watch){return watch.id!=id});
  if(left.length==watches.length)throw new Error("Unknown Watch "+id);
  watches=left;
};
function touch(key,isClosed){
  closed[key]=isClosed;
  var lows=lowPins();
  watches.slice().forEach(function(watch){
    var high=!lows[""+watch.pin];
    if(high==watch.high)return;
    watch.high=high;
    if(watch.edge!="both"&&(watch.edge=="rising")!=high)return;
    if(!watch.repeat)watches.splice(watches.indexOf(watch),1);
    later(function(){watch.call({state:high,time:getTime(),pin:watch.pin})},0);
  });
}
function move(key,isDown,bounceMs){
  fingers[key]=isDown;
  touch(key,isDown);
  if(!bounceMs)return;
  var end=getTime()+bounceMs/1000;
  function chatter(){
    if(getTime()>=end){touch(key,!!fingers[key]);return}
    touch(key,Math.random()<0.5);
    later(chatter,1);
  }
  later(chatter,1);
}
function after(ms,known,call){
  var tries=0;
  function look(){if(known()||tries++>25)call();else later(look,20)}
  later(look,ms);
}
function always(){return true}

Serial1.setup(115200,{path:setup.device});
USB.on=function(event,call){Serial1.on(event,call)};
USB.write=function(data){Serial1.write(data)};

var flash=require("Flash"),START=0x10000000,BANK=262144,PAGE=4096,SECTOR=1024,writeFlash=flash.write,eraseSector=flash.erasePage;
flash.getPage=function(address){
  if(address>=START&&address<START+BANK)return {addr:address&-PAGE,length:PAGE};
};
flash.erasePage=function(address){
  for(var at=0;at<PAGE;at+=SECTOR)eraseSector((address&-PAGE)+at);
  say("FLASH","");
};
flash.write=function(data,address){writeFlash(data,address);say("FLASH","")};
E.getAddressOf=function(data){
  for(var at=START;at<START+BANK;){
    var header=flash.read(32,at),name="";
    if(header[0]==255&&header[1]==255&&header[2]==255){at=(at+SECTOR)&-SECTOR;continue}
    for(var i=4;i<32&&header[i];i++)name+=String.fromCharCode(header[i]);
    var length=header[0]|(header[1]<<8)|(header[2]<<16);
    if(name==setup.journal)return typeof data=="string"&&data.length==length?at+32:0;
    at=(at+32+length+3)&-4;
  }
  return 0;
};
E.srand(setup.seed);

var storage=require("Storage"),readFile=storage.read;
function done(id){say("DONE",id)}
return {
  file:function(name,contents){
    storage.read=function(file,offset,length){
      if(file!=name)return readFile(file,offset,length);
      return contents.substr(offset|0,length||contents.length);
    };
  },
  started:function(){
    setInterval(function(){say("ALIVE","")},1000);
    rest(function(){say("READY","")},function(){});
  },
  key:function(id,key,isDown){
    say("TAKEN",id);
    move(key,isDown,0);
    done(id);
  },
  press:function(id,keys,holdMs,gapMs,bounceMs,patient){
    say("TAKEN",id);
    var i=0;
    function next(){
      if(i==keys.length){done(id);return}
      var key=keys[i++];
      sightings=0;
      say("PRESSED",i);
      move(key,true,bounceMs);
      after(holdMs,patient?function(){return sightings>1}:always,function(){
        blanks=0;
        move(key,false,bounceMs);
        after(gapMs,patient?function(){return blanks>=setup.blanks}:always,function(){
          rest(next,function(){say("RESTLESS",id)});
        });
      });
    }
    next();
  },
  clock:function(id,mirror){
    say("TAKEN",id);
    if(mirror.writes==clock.writes)clock=mirror;
    done(id);
  }
};
`;
