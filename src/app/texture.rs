//! Layers of pictures as textures: uploaded once, dropped when they are no longer shown.

use crate::render::Shrink;
use crate::session::picture::Layer;
use eframe::egui;
use egui::{ColorImage, TextureFilter, TextureHandle, TextureId, TextureOptions, TextureWrapMode};
use image::RgbaImage;
use std::collections::HashMap;

/// See the module.
#[derive(Default)]
pub(super) struct TextureStore {
    textures: HashMap<u64, Stored>,
}

struct Stored {
    texture: TextureHandle,
    is_used: bool,
}

impl TextureStore {
    /// The texture of a layer. `shrink`: what is seen of pixels that are smaller than those of the screen.
    pub(super) fn of(&mut self, ctx: &egui::Context, layer: &Layer, shrink: Shrink) -> TextureId {
        self.make(ctx, layer.id, &layer.image, shrink)
    }

    /// The texture of an image, which is the same whenever the number is.
    pub(super) fn of_image(
        &mut self,
        ctx: &egui::Context,
        id: u64,
        image: &RgbaImage,
    ) -> TextureId {
        self.make(ctx, id, image, Shrink::Mean)
    }

    fn make(
        &mut self,
        ctx: &egui::Context,
        id: u64,
        image: &RgbaImage,
        shrink: Shrink,
    ) -> TextureId {
        let stored = self.textures.entry(id).or_insert_with(|| {
            let options = TextureOptions {
                magnification: TextureFilter::Nearest,
                minification: match shrink {
                    Shrink::Mean => TextureFilter::Linear,
                    Shrink::Nearest => TextureFilter::Nearest,
                },
                wrap_mode: TextureWrapMode::ClampToEdge,
                mipmap_mode: None,
            };
            let max_side = ctx.input(|input| input.max_texture_side);
            Stored {
                texture: ctx.load_texture("picture layer", pixels(image, max_side), options),
                is_used: true,
            }
        });
        stored.is_used = true;
        stored.texture.id()
    }

    /// To be called once a frame: drops what the frame did not use.
    pub(super) fn end_frame(&mut self) {
        self.textures
            .retain(|_, stored| std::mem::take(&mut stored.is_used));
    }
}

/// The pixels; every so many only, should the driver take no texture of this size.
fn pixels(image: &RgbaImage, max_side: usize) -> ColorImage {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let step = width.max(height).div_ceil(max_side.max(1)).max(1);
    // Pixels are opaque, or of no colour at all: the same before and after they are multiplied by their alpha.
    if step == 1 {
        return ColorImage::from_rgba_premultiplied([width, height], image.as_raw());
    }
    let small = RgbaImage::from_fn(
        width.div_ceil(step) as u32,
        height.div_ceil(step) as u32,
        |x, y| *image.get_pixel(x * step as u32, y * step as u32),
    );
    ColorImage::from_rgba_premultiplied(
        [small.width() as usize, small.height() as usize],
        small.as_raw(),
    )
}
