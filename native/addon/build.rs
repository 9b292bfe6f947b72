//! Tells the linker what the runtime expects of an addon.

fn main() {
    napi_build::setup();
}
