import { describe, expect, test } from "vitest";
import { checkDialect } from "./dialect.ts";

/** A snippet of statements as a bundle. */
const bundle = (body: string) => `(function(){${body}})()`;
const reasons = (body: string) => checkDialect(bundle(body)).map(({ reason }) => reason);

/** What the interpreter fails at, a snippet that does it, and a neighbour that does not. */
const syntax: [name: string, bad: string, good: string][] = [
  ["default parameters", "function f(a=1){}", "function f(a){if(a===undefined)a=1}"],
  ["default parameters of arrows", "var f=(a=1)=>a", "var f=(a)=>a"],
  ["rest parameters", "function f(...a){}", "function f(){return arguments.length}"],
  ["spread in calls", "Math.max(...[1])", "Math.max.apply(null,[1])"],
  ["spread in arrays", "return[...[1]]", "return[].concat([1])"],
  ["spread in objects", "return{...{a:1}}", "return Object.assign({},{a:1})"],
  ["object destructuring", "var {a}={a:1}", "var a={a:1}.a"],
  ["array destructuring", "var [a]=[1]", "var a=[1][0]"],
  ["destructuring parameters", "function f({a}){}", "function f(o){return o.a}"],
  ["destructuring assignment", "var a;[a]=[1]", "var a;a=[1][0]"],
  ["computed keys", "var k='a';return{[k]:1}", "var o={},k='a';o[k]=1"],
  ["computed methods", "var k='a';return class{[k](){}}", "return class{a(){}}"],
  ["optional chaining", "var o;return o?.a", "var o;return o&&o.a"],
  ["optional calls", "var f;f?.()", "var f;f&&f()"],
  ["exponentiation", "var x=2;return x**2", "var x=2;return x*x"],
  ["exponentiation assignment", "var x=2;x**=2", "var x=2;x*=x"],
  ["nullish assignment", "var x;x??=1", "var x;x=x??1"],
  ["or assignment", "var x;x||=1", "var x;x=x||1"],
  ["and assignment", "var x;x&&=1", "var x;x=x&&1"],
  ["labels", "a:for(;;){for(;;)break a}", "for(;;){for(;;)break}"],
  ["new.target", "function f(){return new.target}", "function f(){return this}"],
  ["private fields", "class A{#a=1}", "class A{constructor(){this._a=1}}"],
  ["private methods", "class A{#a(){}}", "class A{_a(){}}"],
  ["private access", "class A{#a;constructor(){this.#a=1}}", "class A{constructor(){this._a=1}}"],
  ["async functions", "async function f(){}", "function f(){}"],
  ["async arrows", "var f=async()=>1", "var f=()=>1"],
  ["await", "async function f(){await 1}", "function f(){return 1}"],
  ["generators", "function*f(){yield 1}", "function f(){return[1]}"],
  ["for await", "async function f(a){for await(var x of a);}", "function f(a){for(var x of a);}"],
  ["BigInt", "return 1n", "return 1"],
  ["dynamic import", "import('x')", "return'import(x)'"],
  ["typed arrays from strings", "new Uint8Array('abc')", "new Uint8Array(3).set([97])"],
  ["typed arrays from templates", "new Uint8Array(`abc`)", "new Uint8Array([97,98,99])"],
  ["tagged templates", "function f(){}f`a`", "return`a`"],
  ["case after default", "switch(1){default:break;case 1:break}", "switch(1){case 1:break;default:break}"],
  ["fields of objects", "class A{x=[]}", "class A{constructor(){this.x=[]}}"],
  ["fields without a value", "class A{x}", "class A{}"],
  ["static fields that read this", "class A{static x=this}", "class A{static x=1}"],
  ["static blocks", "class A{static{}}", "class A{static f(){}}"],
  ["extending Error", "class E extends Error{}", "class B{}class E extends B{}"],
  ["extending Array", "class E extends Array{}", "class E{constructor(){this.a=[]}}"],
  ["left shifts by 32", "var x=1;return x<<32", "var x=1;return x<<31"],
  ["right shifts by more than 32", "var x=1;return x>>>40", "var x=1;return x>>>24"],
  ["shifts by a negative", "var x=1;return x>>-1", "var x=1;return x>>1"],
  ["shift assignments by 32", "var x=1;x<<=32", "var x=1;x<<=8"],
  ["escapes above U+00FF", 'return"\\u1ec1"', 'return"\\u00c1\\xff"'],
  ["characters above U+00FF", 'return"ế"', 'return"\xea"'],
  ["templates above U+00FF", "return`\\u1ec1`", "return`\\xe1`"],
  ["debugger", "debugger", ";"],
  ["with", "with({}){}", "var w={}"],
];

const regexps: [name: string, bad: string, good: string][] = [
  ["counted repetition", "/^[0-9]{4}$/", "/^[0-9][0-9][0-9][0-9]$/"],
  ["counted ranges", "/a{1,2}/", "/a+/"],
  ["optional characters", "/ab?/", "/ab*/"],
  ["optional groups", "/a(b)?c/", "/a(b)c/"],
  ["lazy repetition", "/a+?/", "/a+/"],
  ["alternation", "/^a(1|22)b$/", "/^a([12]+)b$/"],
  ["groups that capture nothing", "/(?:a)/", "/(a)/"],
  ["look-ahead", "/a(?=b)/", "/a(b)/"],
  ["negative look-behind", "/(?<!a)b/", "/[^a]b/"],
  ["named groups", "/(?<n>a)/", "/(a)/"],
  ["back references", "/(a)\\1/", "/(a)a/"],
  ["Unicode classes", "/\\p{L}/u", "/[A-Za-z]/"],
  ["the flag s", "/a.b/s", "/a.b/"],
  ["the flag u", "/a/u", "/a/i"],
  ["the flag y", "/a/y", "/a/g"],
  ["question marks outside classes", "/a?/", "/[?|{}]\\?\\|\\{/"],
];

const names: [name: string, bad: string, good: string][] = [
  ...([
    ["Map", "new Map()", "return{}"],
    ["Set", "new Set()", "return[]"],
    ["WeakMap", "new WeakMap()", "return{}"],
    ["Symbol", "return Symbol.iterator", "var Symbol={iterator:1};return Symbol.iterator"],
    ["Proxy", "new Proxy({},{})", "return{}"],
    ["Reflect", "Reflect.ownKeys({})", "Object.keys({})"],
    ["BigInt()", "return BigInt(1)", "return Number('1')"],
    ["Promise", "new Promise(f)", "setTimeout(function(){},1)"],
    ["TextEncoder", "new TextEncoder()", "return E.toUint8Array('a')"],
    ["TextDecoder", "new TextDecoder()", "return E.toString([97])"],
    ["queueMicrotask", "queueMicrotask(0)", "setTimeout(0,0)"],
    ["structuredClone", "structuredClone({})", "JSON.parse('{}')"],
    ["globalThis", "return globalThis.a", "return this.a"],
    ["window", "window.x=1", "var window={};window.x=1"],
    ["RangeError", "throw new RangeError('')", "throw new Error('')"],
    ["Float64Array", "new Float64Array(1)", "new Int32Array(1)"],
    ["Buffer", "Buffer.alloc(1)", "new Uint8Array(1)"],
    ["a name without a declaration", "x=1", "var x=1"],
    ["a pin the chip lacks", "digitalRead(D30)", "digitalRead(D29)"],
    ["typeof of an unknown global", "return typeof crypto", "return typeof E"],
    ["Math.imul", "Math.imul(1,2)", "Math.floor(1.5)"],
    ["Math.trunc", "Math.trunc(1.5)", "return 1.5|0"],
    ["Math.clz32", "Math.clz32(1)", "Math.abs(1)"],
    ["Math.random", "Math.random()", "E.hwRand()"],
    ["Math[...]", "var k='abs';Math[k](1)", "Math['abs'](1)"],
    ["Math as a value", "var m=Math;m.abs(1)", "var m=Math.abs;m(1)"],
    ["Array.from", "Array.from([1])", "[1].slice()"],
    ["Array.of", "Array.of(1)", "Array.isArray([])"],
    ["typed-array from", "Uint8Array.from([1])", "new Uint8Array([1])"],
    ["typed-array of", "Uint16Array.of(1)", "new Uint16Array([1])"],
    ["Object.freeze", "Object.freeze({})", "Object.keys({})"],
    ["Object.hasOwn", "Object.hasOwn({},'a')", "({}).hasOwnProperty('a')"],
    ["Number.isInteger", "Number.isInteger(1)", "Math.floor(1)===1"],
    ["Number.isSafeInteger", "Number.isSafeInteger(1)", "Number('1')"],
    ["String.raw", "String.raw(1)", "String.fromCharCode(1)"],
    ["a part of E that is not used here", "E.dumpStr()", "E.CRC32('')"],
    ["E as a value", "var e=E;e.reboot()", "E.hwRand()"],
    ["assignment to the interpreter's globals", "setTimeout=1", "var setTimeout=1"],
    ["an unknown module", "require('http')", "require('Storage').read('a')"],
    ["an unknown part of a module", "require('Storage').compact()", "require('Storage').getFree()"],
    ["require as a value", "var r=require;r('Storage')", "var r=require('Storage')"],
  ] as [string, string, string][]),
];

const methods = [
  ...["flat", "flatMap", "at", "findLast", "findLastIndex", "toSorted", "toReversed", "copyWithin", "reduceRight"],
  ...[
    "matchAll",
    "codePointAt",
    "normalize",
    "localeCompare",
    "trimStart",
    "toPrecision",
    "getBigUint64",
    "isPrototypeOf",
  ],
];

describe.each([...syntax, ...regexps.map(([n, b, g]) => [n, `return ${b}`, `return ${g}`]), ...names])(
  "%s",
  (_, bad, good) => {
    test(`refuses ${bad}`, () => {
      expect(reasons(bad)).not.toEqual([]);
    });

    test(`lets ${good} pass`, () => {
      expect(reasons(good)).toEqual([]);
    });
  },
);

describe("methods that Espruino's values lack", () => {
  test.each(methods)("refuses .%s on a value", (method) => {
    expect(reasons(`var x=[];x.${method}(0)`)).toEqual([`.${method} is missing`]);
    expect(reasons(`var x=[];x["${method}"](0)`)).toEqual([`.${method} is missing`]);
  });

  test.each(methods)("lets the bundle's own .%s pass", (method) => {
    expect(reasons(`var x={${method}:function(){}};x.${method}(0)`)).toEqual([]);
    expect(reasons(`class A{${method}(){}}new A().${method}(0)`)).toEqual([]);
    expect(reasons(`var x={};x.${method}=function(){};x.${method}(0)`)).toEqual([]);
  });

  test.each(["map", "filter", "padStart", "padEnd", "includes", "subarray", "slice", "fill", "indexOf", "replaceAll"])(
    "lets .%s pass, which they have",
    (method) => {
      expect(reasons(`var x=[];x.${method}(0)`)).toEqual([]);
    },
  );
});

describe("Object.assign", () => {
  test.each([
    "Object.assign(function(){},{a:1})",
    "Object.assign(()=>1,{a:1})",
    "function f(){}Object.assign(f,{a:1})",
    "var f=function(){};Object.assign(f,{a:1})",
    "class A{}Object.assign(A,{a:1})",
  ])("is refused with a function to assign to: %s", (source) => {
    expect(reasons(source)).toEqual(["Object.assign to a function or a class throws"]);
  });

  test.each(["Object.assign({},{a:1})", "var o={};Object.assign(o,{f:function(){}})"])("passes: %s", (source) => {
    expect(reasons(source)).toEqual([]);
  });
});

describe("function declarations, which are not hoisted", () => {
  test.each([
    ["called above", "f();function f(){}"],
    ["handed on above", "var g=f;function f(){}"],
    ["called above inside a function", "function g(){f();function f(){}}"],
    ["called above inside a block", "if(1){f();function f(){}}"],
    ["called above inside a method", "class A{m(){f();function f(){}}}"],
    ["called above through another function", "function g(){f()}g();function f(){}"],
    ["called above through two others", "function h(){f()}function g(){h()}g();function f(){}"],
    ["called above through a variable's function", "var g=()=>f();g();function f(){}"],
    ["called above through a constructor", "class A{constructor(){f()}}new A();function f(){}"],
    ["called above by a function that is called where it stands", "(function(){f()})();function f(){}"],
  ])("are refused when %s", (_, source) => {
    expect(reasons(source).join()).toContain("not hoisted");
  });

  test.each([
    ["called below", "function f(){}f()"],
    ["called from a function that runs later", "function g(){f()}function f(){}g()"],
    ["handed to a timer above", "setTimeout(function(){f()},1);function f(){}"],
    ["called by a method of an object that is made above", "var o={m:function(){f()}};function f(){}o.m()"],
    ["recursive", "function f(n){return n?f(n-1):0}f(3)"],
    ["named like a parameter elsewhere", "function g(f){f()}g(function(){});function f(){}"],
    ["function expressions that know their own name", "var a=function f(n){return n&&f(n-1)};a(2)"],
  ])("pass when %s", (_, source) => {
    expect(reasons(source)).toEqual([]);
  });
});

describe("closures made in loops", () => {
  test.each([
    ["the loop's let", "for(let i=0;i<3;i++)setTimeout(function(){print(i)},1)"],
    ["a const of the body", "for(var i=0;i<3;i++){const k=i;setTimeout(()=>print(k),1)}"],
    ["the const of for..of", "for(const x of[1,2])setTimeout(()=>print(x),1)"],
    ["the let of for..in", "for(let k in{a:1})setTimeout(()=>print(k),1)"],
    ["a let of a while loop's body", "var n=3;while(n--){let k=n;setTimeout(()=>print(k),1)}"],
    ["a let of a do loop's body", "var n=3;do{let k=n;setTimeout(()=>print(k),1)}while(n--)"],
    ["a let of a nested block", "for(;;){if(1){let k=1;setTimeout(()=>print(k),1)}}"],
    ["a let of the loop, two functions deep", "for(let i=0;i<3;i++)setTimeout(()=>()=>print(i),1)"],
    ["a class of the body", "for(;;){class A{}setTimeout(()=>new A(),1)}"],
  ])("are refused when they capture %s", (_, source) => {
    expect(reasons(source).join()).toContain("a closure made there sees the last round's value");
  });

  test.each([
    ["the function's own variables", "for(let i=0;i<3;i++)setTimeout(function(){let k=1;print(k)},1)"],
    ["a variable from outside the loop", "let n=0;for(let i=0;i<3;i++)setTimeout(()=>print(n),1)"],
    ["a parameter", "for(let i=0;i<3;i++)[1].map((x)=>x+1)"],
    ["what is declared inside a function in the loop", "for(;;)(function(){let k=1;return()=>k})()"],
    ["nothing of the loop that is inside it", "var f=function(){for(let i=0;i<3;i++)print(i)}"],
  ])("pass when they capture %s", (_, source) => {
    expect(reasons(source)).toEqual([]);
  });
});

describe("checkDialect", () => {
  test("takes everything that works on the interpreter", () => {
    const source = `
      class A{constructor(x){this.x=x}get y(){return this.x}set y(v){this.x=v}static make(){return new A(1_000)}}
      class B extends A{constructor(){super(2)}m(){return super.y}}
      var o={a:1,m(){return this.a},"b c":3,A};
      try{throw new Error("x")}catch{}finally{}
      for(const k of[1,2]){if(k===1)continue;break}
      for(var k in o)delete o[k];
      do{}while(0);
      var f=(x,y)=>x??y,t=\`\${f(1,2)} \`;
      switch(t){case"1 ":case"2":break;default:}
      return{b:new B(),s:1<<5,v:void 0,r:/^[0-9A-F]+$/i.test(t),d:new DataView(new ArrayBuffer(8)).getInt32(0)}`;
    expect(reasons(source)).toEqual([]);
  });

  test("says where, line by line, and what", () => {
    expect(checkDialect("(function(){\n  var x = 2;\n  return x ** 2;\n})()")).toEqual([
      { at: 35, line: 3, column: 10, reason: "`**`" },
    ]);
  });

  test("refuses what does not parse, and what is no expression", () => {
    expect(checkDialect("(function(){return")[0].reason).toContain("Unexpected token");
    expect(checkDialect("var a=1")[0].reason).toBe("a bundle is one expression");
    expect(checkDialect("1;2")[0].reason).toBe("a bundle is one expression");
    expect(checkDialect("({a:1})")).toEqual([]);
  });

  test("reports everything at once, in the order of the text", () => {
    expect(reasons("var a=1n,b=2**3,c=new Map()")).toEqual([
      "a BigInt",
      "`**`",
      "Map is no global that a bundle may use",
    ]);
  });
});
