--- Models of images that are made of patches, on several levels of resolution, and discriminators
-- of them [Allen-Zhu and Li, Forward super-resolution: how can GANs learn hierarchical generative
-- models for real-world distributions, section 2].
--
-- An image on level l is d_l patches of d elements; X_{l,j} is patch j. An image is a column, its
-- patches one below the other, level after level: data are samples of all levels.
return {
  patch_generator = require "saddle.model.patch_generator",
  gated_linear = require "saddle.model.gated_linear",
  threshold_pair = require "saddle.model.threshold_pair",
  product_pair = require "saddle.model.product_pair",
  patch_link = require "saddle.model.patch_link",
}
