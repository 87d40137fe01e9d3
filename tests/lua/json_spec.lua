--- JSON: texts as the standard has them, values back to the bit, and whatever a file may hold.
local sd = require "saddle"
local json = require "saddle.json"
local raises = require("tests.lua.support").raises

--- Whether two values are the same, types of numbers and signs of zeros included.
local function same(a, b)
  if type(a) == "table" and type(b) == "table" and a ~= json.null and b ~= json.null then
    for key, v in pairs(a) do if not same(v, b[key]) then return false end end
    for key in pairs(b) do if a[key] == nil then return false end end
    return true
  end
  if math.type(a) ~= math.type(b) then return false end
  return a == b and (math.type(a) ~= "float" or ("%a"):format(a) == ("%a"):format(b))
end

describe("encode", function()
  it("has one text for a value", function()
    for text, value in pairs {
      ["true"] = true, ["-7"] = -7, ["3.0"] = 3.0, ["-0.0"] = -0.0, ["0.1"] = 0.1,
      ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
      ["1e+300"] = 1e300, ["1e-07"] = 1e-7, ["5e-324"] = 0x1p-1074,
      ["0.30000000000000004"] = 0.1 + 0.2, ["9007199254740992.0"] = 2.0 ^ 53,
      ['"nan"'] = 0 / 0, ['"inf"'] = math.huge, ['"-inf"'] = -math.huge,
      ['"é\\n\\"\\\\\\u0001\\u0000\\u007f/"'] = "é\n\"\\\1\0\127/",
      ["{}"] = {}, ["[]"] = json.list {}, ["[1,2.5,[],{}]"] = { 1, 2.5, json.list {}, {} },
      ["null"] = json.null, ['{"":0,"B":1,"a":{"c":[null]},"a.b":2}'] =
        { a = { c = { json.null } }, B = 1, ["a.b"] = 2, [""] = 0 } } do
      assert.equal(text, json.encode(value))
    end
  end)

  it("indents on demand", function()
    assert.equal('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}',
      json.encode({ b = json.list {}, a = { 1, {} } }, { indent = 2 }))
    assert.equal("[\n1\n]", json.encode({ 1 }, { indent = 0 }))
  end)

  it("writes floats with the fewest of 15 to 17 digits that read back", function()
    local rng = sd.rng(1)
    for _ = 1, 2000 do
      local x = rng:randn() * 10.0 ^ (rng:randint(600) - 300)
      local text = json.number(x)
      assert.equal(x, tonumber(text))
      assert.equal("float", math.type(tonumber(text)))
      local digits = #text:gsub("e.*", ""):gsub("%.0$", ""):gsub("%D", ""):gsub("^0+", "")
      assert(digits <= 15 or tonumber(("%." .. digits - 1 .. "g"):format(x)) ~= x, text)
    end
  end)

  it("says where it cannot", function()
    local loop = {}
    loop.a = { {}, { b = loop } }
    local deep = {}
    for _ = 1, 101 do deep = { deep } end
    raises("json: the value.a[2].b contains itself", json.encode, loop)
    raises("[1] lies deeper than 100 levels", json.encode, deep)
    raises("json: the value.x is a function, which JSON has no text for", json.encode,
      { x = print })
    raises("json: the value is nil", json.encode, nil)
    raises("json: the value[1] is a 2x2 matrix", json.encode, { sd.eye(2) })
    raises("json: the value is a list and has names, too", json.encode, { 1, a = 2 })
    raises("json: the value is a list with gaps", json.encode, { 1, 2, nil, 4 })
    raises("json: the value has the key 0.5", json.encode, { [0.5] = 1 })
    raises("json: the value.s has a string that is not UTF-8", json.encode, { s = "\xff" })
    raises("json: the value has a string that is not UTF-8", json.encode,
      { a = 1, ["\xed\xa0\x80"] = 1 })
    raises("json.encode: indent must be a whole number", json.encode, 1, { indent = -1 })
    raises("json.encode: unknown option 'indnt' (did you mean 'indent'?)", json.encode, 1,
      { indnt = 1 })
    raises("json.list: needs a table", json.list, 1)
    raises("constant", function() json.null.x = 1 end)
  end)

  it("takes a table that occurs twice, though not in itself", function()
    local t = { 1 }
    assert.equal("[[1],[1]]", json.encode { t, t })
  end)
end)

describe("decode", function()
  it("reads what the standard allows", function()
    for text, value in pairs {
      [" \t\r\n[ 1 , 2 ] "] = { 1, 2 }, ['{"a" : {"b":[ ]}}'] = { a = { b = {} } },
      ["-0"] = 0, ["-0.0"] = -0.0, ["1E2"] = 100.0, ["1e-2"] = 0.01, ["0"] = 0, ["10.50"] = 10.5,
      ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
      ["9223372036854775808"] = 2.0 ^ 63, ["1e-999"] = 0.0, ["false"] = false,
      ["null"] = json.null } do
      assert(same(value, json.decode(text)), text)
    end
    assert.equal('/"\\\b\f\n\r\té€😀\0', json.decode
      [["\/\"\\\b\f\n\r\t\u00e9\u20AC\ud83d\uDE00\u0000"]])
    assert.equal("[]", json.encode(json.decode "[]"))
    assert.equal("{}", json.encode(json.decode "{}"))
    local deep = ("["):rep(100) .. ("]"):rep(100)
    assert.equal(deep, json.encode(json.decode(deep)))
  end)

  it("refuses everything else, with line and column", function()
    for text, message in pairs {
      [""] = "line 1, column 1: a value should be here, not the end of the text",
      ["[1,\n2"] = "line 2, column 2: ',' or ']' should be here, not the end of the text",
      ["[1,]"] = "line 1, column 4: a value should be here, not ']'",
      ["[é]"] = "line 1, column 2: a value should be here, not 'é'",
      ['["é" x]'] = "line 1, column 6: ',' or ']' should be here, not 'x'",
      ['{"a":1,"a":2}'] = "column 8: this key was there before",
      ['{"a":null,"a":2}'] = "column 11: this key was there before",
      ['{a:1}'] = "column 2: a key in quotes should be here, not 'a'",
      ['{"a" 1}'] = "column 6: ':' should be here, not '1'",
      ['{"a":1,}'] = "column 8: a key in quotes should be here, not '}'",
      ["{} {}"] = "column 4: after the value there is '{'",
      ['"abc'] = "column 1: this string has no end", ['"a\\'] = "no such escape in a string",
      ['"\\x41"'] = "column 2: no such escape in a string", ['"a\nb"'] = "control character",
      ['"\\ud800"'] = "half of a pair of surrogates", ['"\\udc00"'] = "half of a pair",
      ['"\\ud800\\u0041"'] = "half of a pair", ['"\xff"'] = "column 2: a byte that is not UTF-8",
      [("["):rep(101)] = "column 101: deeper than 100 levels", ["1e999"] = "beyond the doubles",
      ["'a'"] = "a value should be here, not '''", ["\0"] = "not '?'" } do
      raises("json: ", json.decode, text)
      raises(message, json.decode, text)
    end
    for _, text in ipairs { "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_000", "NaN", "inf",
      "-inf", "nul", "True", "00", "-01", "1.2.3", "1e5e5", "--1", "nan" } do
      raises("is no value", json.decode, text)
    end
    raises("json.decode: the text must be a string, got nil", json.decode)
  end)

  it("reads what encode has written, to the bit", function()
    local rng = sd.rng(2)
    local function value(depth)
      local kind = rng:randint(depth > 3 and 5 or 7)
      if kind == 1 then return math.tointeger(rng:randint(1000)) - 500 end
      if kind == 2 then return rng:randn() * 2.0 ^ (rng:randint(2000) - 1040) end
      if kind == 3 then return rng:rand() < 0.5 end
      if kind == 4 then
        local codes = {}
        for k = 1, rng:randint(6) do codes[k] = rng:randint(rng:rand() < 0.5 and 127 or 0xd7ff) end
        return utf8.char(table.unpack(codes))
      end
      if kind == 5 then return json.null end
      local t = {}
      for k = 1, rng:randint(5) do
        t[kind == 6 and k or "k" .. math.tointeger(rng:randint(99))] = value(depth + 1)
      end
      return t
    end
    for _ = 1, 300 do
      local v = value(0)
      local text = json.encode(v)
      local back = json.decode(text)
      assert.equal(text, json.encode(back))
      assert.equal(text, json.encode(json.decode(json.encode(v, { indent = 3 }))))
      assert(same(v, back), text)
    end
  end)

  -- Eight times the text takes eight times as long, with quadratic work 64 times: a factor of 3
  -- is left for noise, of the least of three times.
  it("takes time in proportion to the text", function()
    local function seconds(text)
      local least = math.huge
      for _ = 1, 3 do
        local start = os.clock()
        raises("json: ", json.decode, text)
        least = math.min(least, os.clock() - start)
      end
      return least
    end
    for _, case in ipairs { { "", "\\" }, { '"', "\\n" }, { "", "9" }, { "", "1e" }, { "", "-" },
      { "[", "[]," }, { "", " \n" }, { "[", "1," }, { '"', "\\ud83d\\ude00" } } do
      local open, unit = case[1], case[2]
      local short, long = open .. unit:rep(2000), open .. unit:rep(16000)
      assert(seconds(long) < 24 * seconds(short) + 1e-3, unit)
    end
  end)

  it("ends for any damage to a text", function()
    local text, rng = json.encode { a = { 1, 2.5, "x\n", { b = json.null } }, c = "é" }, sd.rng(3)
    for _ = 1, 2000 do
      local at = math.tointeger(rng:randint(#text))
      local damaged = text:sub(1, at - 1) .. string.char(rng:randint(256) - 1) .. text:sub(at + 1)
      local ok, result = pcall(json.decode, damaged)
      assert(ok or result:find "^json: line [12], column %d+: ", result)
    end
  end)

  it("agrees with Python", function()
    local pipe = io.popen("python3 -c 'print(1)' 2>/dev/null")
    local there = pipe:read "a"
    pipe:close()
    if there ~= "1\n" then return pending "no python3" end
    local value = { a = { 1, -2.5, 0.1, 1e22, 5e-324, 2.0 ^ 70 }, b = json.list {}, [""] = {},
      ["é\1\"\\/"] = "😀\n", t = true, n = json.null }
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    file:write(json.encode(value, { indent = 1 }))
    file:close()
    pipe = io.popen("python3 -c 'import json, sys; " ..
      "print(json.dumps(json.load(open(sys.argv[1]))))' " .. path)
    local back = pipe:read "a"
    pipe:close()
    os.remove(path)
    assert(same(value, json.decode(back)), back)
  end)
end)
