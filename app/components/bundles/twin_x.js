var TYPES={f4:Float32Array,u1:Uint8Array};function unpack(bytes){const buffer=bytes.slice().buffer;const length=new DataView(
buffer).getUint32(0,true);const header=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,4,length)));let offset=4+
length;const arrays={};for(const[name,type,shape]of header.arrays){const size=shape.reduce((product,side)=>product*side,
1);const array=new TYPES[type](buffer,offset,size);arrays[name]=array;offset+=Math.ceil(array.byteLength/4)*4}return{header,
arrays}}function twin_x_default({data}){if(!data)return;globalThis.twinSeen=unpack(data);window.dispatchEvent(new Event("twin-se\
en"))}export{twin_x_default as default};
