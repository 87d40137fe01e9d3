--- SHA-256: the vectors of FIPS 180-4 and lengths around a block, against sha256sum.
local sd = require "saddle"
local sha256 = require "saddle.sha256"

describe("sha256", function()
  it("knows the standard's examples", function()
    for text, digest in pairs {
      [""] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      ["abc"] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"] =
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" } do
      assert.equal(digest, sha256(text))
    end
  end)

  it("agrees with sha256sum on bytes of any length", function()
    local rng, path = sd.rng(1), os.tmpname()
    for _, n in ipairs { 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 20000 } do
      local draws, bytes = rng:randint(256, n, 1), {}
      for k = 1, n do bytes[k] = string.char(math.tointeger(draws(k)) - 1) end
      local text = table.concat(bytes)
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
      local pipe = assert(io.popen("sha256sum " .. path))
      assert.equal(pipe:read "a":match "^%x+", sha256(text))
      pipe:close()
    end
    os.remove(path)
  end)

  it("wants a string", function()
    local ok, message = pcall(sha256, 5)
    assert(not ok and message:find("sha256: the text must be a string", 1, true))
  end)
end)
