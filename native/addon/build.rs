//! Passes the linker options that an addon of the runtime needs.

fn main() {
    napi_build::setup();
}
