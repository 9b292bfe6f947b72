//! Compiling seccomp filters with libseccomp.

use std::fs::File;
use std::io::{Read, Seek};

use libseccomp::error::{SeccompErrno, SeccompError};
use libseccomp::{ScmpAction, ScmpArch, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall};
use napi::Either;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use rustix::fs::MemfdFlags;

use crate::error::{self, Failure};

/// The 32-bit architecture whose programs this machine's kernel runs too. x32 is not included:
/// nobody builds images for it.
#[cfg(target_arch = "x86_64")]
const COMPATIBLE: ScmpArch = ScmpArch::X86;
#[cfg(target_arch = "aarch64")]
const COMPATIBLE: ScmpArch = ScmpArch::Arm;

/// The highest errno that the kernel passes to programs.
const MAX_ERRNO: f64 = 4095.0;

/// See `SeccompFilter` in native/index.ts.
#[napi(object, object_to_js = false)]
pub struct SeccompFilter {
    /// `allow`, `kill` or an errno number.
    pub otherwise: Either<String, f64>,
    /// The rules with another action.
    pub rules: Vec<SeccompRule>,
    /// Whether the rules apply to this machine's 32-bit architecture too.
    pub compat: Option<bool>,
}

/// See `SeccompRule` in native/index.ts.
#[napi(object, object_to_js = false)]
pub struct SeccompRule {
    /// Names of system calls.
    pub calls: Vec<String>,
    /// `allow`, `kill` or an errno number.
    pub action: Either<String, f64>,
    /// Conditions that must all be true.
    pub when: Option<Vec<SeccompCondition>>,
}

/// A condition on one argument of a system call.
#[napi(object, object_to_js = false)]
pub struct SeccompCondition {
    /// The number of the argument, 0 to 5.
    pub index: u32,
    /// `eq`, `ne` or `masked`.
    pub compare: String,
    /// The value with which the argument is compared.
    pub value: f64,
    /// The mask that is applied to the argument first, for `masked`.
    pub mask: Option<f64>,
}

/// Compiles a filter for this machine and, if requested, for its 32-bit architecture; a call of any
/// other architecture kills the process. Returns the raw array of struct sock_filter. A name that
/// no architecture knows is an error (`EINVAL`); a name that only this architecture does not have
/// is skipped.
#[napi]
pub fn compile_seccomp(filter: SeccompFilter) -> Result<Buffer, Failure> {
    let otherwise = action(&filter.otherwise)?;
    let failed = |error: SeccompError| invalid(&format!("seccomp filter: {error}"));
    let mut context = ScmpFilterContext::new(otherwise).map_err(failed)?;
    context.set_act_badarch(ScmpAction::KillProcess).map_err(failed)?;
    if filter.compat == Some(true) {
        context.add_arch(COMPATIBLE).map_err(failed)?;
    }
    // A library before 2.5 has no binary tree; the filter has the same effect without it.
    let _ = context.set_ctl_optimize(2);
    for rule in &filter.rules {
        add(&mut context, rule, otherwise)?;
    }
    export(&context).map(Buffer::from)
}

fn add(context: &mut ScmpFilterContext, rule: &SeccompRule, otherwise: ScmpAction) -> Result<(), Failure> {
    let action = action(&rule.action)?;
    let conditions = rule
        .when
        .iter()
        .flatten()
        .map(condition)
        .collect::<Result<Vec<_>, _>>()?;
    for name in &rule.calls {
        let call = ScmpSyscall::from_name(name)
            .map_err(|_| invalid(&format!("system call {name:?}: is unknown to libseccomp")))?;
        // libseccomp refuses rules that change nothing.
        if action == otherwise {
            continue;
        }
        match context.add_rule_conditional(action, call, &conditions) {
            Err(error) if error.errno() == Some(SeccompErrno::EEXIST) => {}
            result => {
                result.map_err(|error| invalid(&format!("system call {name:?}: {error}")))?;
            }
        }
    }
    Ok(())
}

fn action(named: &Either<String, f64>) -> Result<ScmpAction, Failure> {
    match named {
        Either::A(name) if name == "allow" => Ok(ScmpAction::Allow),
        Either::A(name) if name == "kill" => Ok(ScmpAction::KillProcess),
        Either::A(name) => Err(invalid(&format!("seccomp action {name:?}: is unknown"))),
        #[expect(clippy::cast_possible_truncation, reason = "it is an integer in that range")]
        Either::B(errno) if errno.fract() == 0.0 && (0.0..=MAX_ERRNO).contains(errno) => {
            Ok(ScmpAction::Errno(*errno as i32))
        }
        Either::B(errno) => Err(invalid(&format!("seccomp action {errno}: is no errno"))),
    }
}

fn condition(condition: &SeccompCondition) -> Result<ScmpArgCompare, Failure> {
    let compare = match (condition.compare.as_str(), condition.mask) {
        ("eq", _) => ScmpCompareOp::Equal,
        ("ne", _) => ScmpCompareOp::NotEqual,
        ("masked", Some(mask)) => ScmpCompareOp::MaskedEqual(number(mask)?),
        ("masked", None) => return Err(invalid("seccomp condition: `masked` needs a mask")),
        (other, _) => return Err(invalid(&format!("seccomp condition {other:?}: is unknown"))),
    };
    if condition.index > 5 {
        return Err(invalid(&format!(
            "seccomp condition: argument {} is not one of 0 to 5",
            condition.index
        )));
    }
    Ok(ScmpArgCompare::new(
        condition.index,
        compare,
        number(condition.value)?,
    ))
}

fn number(value: f64) -> Result<u64, Failure> {
    /// 2^53: JavaScript's numbers are exact up to this value.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() != 0.0 || !(0.0..=EXACT).contains(&value) {
        return Err(invalid(&format!(
            "seccomp condition: {value} is not an exact number"
        )));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is an integer in that range"
    )]
    Ok(value as u64)
}

fn export(context: &ScmpFilterContext) -> Result<Vec<u8>, Failure> {
    let failed = |errno| error::errno("seccomp filter", errno);
    let memory = rustix::fs::memfd_create("seccomp", MemfdFlags::CLOEXEC).map_err(failed)?;
    let mut file = File::from(memory);
    context
        .export_bpf(&file)
        .map_err(|error| invalid(&format!("seccomp filter: {error}")))?;
    let mut raw = Vec::new();
    file.rewind()
        .and_then(|()| file.read_to_end(&mut raw))
        .map_err(|error| failed(error::errno_of(&error)))?;
    Ok(raw)
}

fn invalid(message: &str) -> Failure {
    Failure::new("EINVAL".into(), message)
}
