//! Programs that a test starts, and that never outlive it.
//!
//! A destructor does not run when the test is killed, aborts or is interrupted. But the kernel always closes
//! its pipes. So every program has a watchdog: a small `sh` that reads from a pipe which only the test holds open, and
//! kills the program when the pipe is closed before anything was written to it. The program itself starts as a `sh` that
//! waits for a line on a pipe of its own and then becomes the program by `exec`: the program never runs unwatched, and
//! its process id is the one that the test signals and reaps.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::wait::{Progress, wait_for};

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The environment variables that are passed on. Any other (a proxy, an AWS profile, a developer's KUBECONFIG) would make
/// the result depend on the machine.
const INHERITED: [&str; 6] = ["PATH", "HOME", "TMPDIR", "RUST_BACKTRACE", "RUST_LOG", "LLVM_PROFILE_FILE"];

/// A signal that tests send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Terminate,
    Kill,
    Interrupt,
    Stop,
    Continue,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Signal::Terminate => "TERM",
            Signal::Kill => "KILL",
            Signal::Interrupt => "INT",
            Signal::Stop => "STOP",
            Signal::Continue => "CONT",
        }
    }
}

/// How a program ended, and how long that took from the call that waited for it or signalled it.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    pub status: ExitStatus,
    pub after: Duration,
}

/// A program and how to start it.
#[derive(Debug, Clone)]
pub struct Program {
    name: String,
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    grace: Duration,
}

impl Program {
    /// `name` names the log file; names need not be unique, and a restart appends to the same log.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            grace: Duration::from_secs(5),
        }
    }

    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        for (name, value) in variables {
            self = self.env(name, value);
        }
        self
    }

    /// How long the program may take to end after SIGTERM before it is killed; zero kills at once. Defaults to 5 s.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Starts the program with its output appended to `{name}.log` in `folder`, empty standard input, a clean
    /// environment and a process group of its own (so that Ctrl-C reaches the test, and the test decides).
    ///
    /// # Panics
    /// When the program does not exist or can't be started.
    pub fn spawn(&self, folder: &Path) -> ChildProcess {
        assert!(self.path.is_file(), "{} does not exist", self.path.display());
        let log_path = folder.join(format!("{}.log", self.name));
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log_path)
            .unwrap_or_else(|error| panic!("cannot open {}: {error}", log_path.display()));
        let log_start = log.metadata().map_or(0, |metadata| metadata.len());
        let mut child = Command::new("/bin/sh")
            .args(["-c", r#"read -r _ && exec "$@" </dev/null"#, "start"])
            .arg(&self.path)
            .args(&self.arguments)
            .env_clear()
            .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the log file can be shared"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.name));
        let watchdog = Watchdog::kills(child.id());
        let start = child.stdin.take().expect("standard input is a pipe");
        say_one_word(start);
        ChildProcess {
            name: self.name.clone(),
            child,
            watchdog: Some(watchdog),
            status: None,
            grace: self.grace,
            log_path,
            log_start,
        }
    }
}

/// A running program. Dropping it ends it: SIGTERM, then SIGKILL when its grace is over.
pub struct ChildProcess {
    name: String,
    child: Child,
    /// None once the program is reaped: from then on the process id may belong to another process.
    watchdog: Option<Watchdog>,
    status: Option<ExitStatus>,
    grace: Duration,
    log_path: PathBuf,
    log_start: u64,
}

impl fmt::Debug for ChildProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (pid {}, status {:?})", self.name, self.child.id(), self.status)
    }
}

impl ChildProcess {
    /// The process id of the program itself.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub fn status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("our own child can be waited for");
            if self.status.is_some() {
                self.watchdog.take().into_iter().for_each(Watchdog::disarm);
            }
        }
        self.status
    }

    pub fn is_running(&mut self) -> bool {
        self.status().is_none()
    }

    /// Sends a signal to the program if it is still running.
    pub fn signal(&mut self, signal: Signal) {
        if self.is_running() {
            // The `kill` built into the shell: minimal systems have no /bin/kill, and the standard library only sends KILL.
            let sent = Command::new("/bin/sh")
                .args(["-c", r#"kill -s "$0" "$1""#, signal.name(), &self.id().to_string()])
                .stdin(Stdio::null())
                .status();
            assert!(sent.is_ok_and(|status| status.success()), "cannot send {signal:?} to {self:?}");
        }
    }

    /// Waits for the program to end by itself.
    ///
    /// # Panics
    /// When it still runs after `deadline`, with the end of its log.
    pub async fn wait(&mut self, deadline: Duration) -> Exit {
        let started = Instant::now();
        while started.elapsed() < deadline {
            if let Some(status) = self.status() {
                return Exit { status, after: started.elapsed() };
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        panic!("{self:?} still runs after {deadline:?}; its log ends with\n{}", self.log_tail(20));
    }

    /// Sends SIGTERM, and waits for the program to end by itself.
    ///
    /// # Panics
    /// When it still runs after `deadline`.
    pub async fn terminate(&mut self, deadline: Duration) -> Exit {
        let started = Instant::now();
        self.signal(Signal::Terminate);
        let exit = self.wait(deadline).await;
        Exit { after: started.elapsed(), ..exit }
    }

    /// SIGKILL, and reaps the program.
    pub fn kill(&mut self) -> ExitStatus {
        if self.is_running() {
            self.child.kill().expect("our own child can be killed");
        }
        loop {
            if let Some(status) = self.status() {
                return status;
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// SIGTERM, and SIGKILL when the program's grace is over.
    pub fn stop(&mut self) -> ExitStatus {
        if !self.grace.is_zero() {
            self.signal(Signal::Terminate);
            let started = Instant::now();
            while self.is_running() && started.elapsed() < self.grace {
                thread::sleep(POLL_INTERVAL);
            }
        }
        self.kill()
    }

    pub fn log_path(&self) -> &Path {
        &self.log_path
    }

    /// What the program has printed since this start of it, standard output and standard error together.
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log_path).unwrap_or_default();
        let start = usize::try_from(self.log_start).unwrap_or(usize::MAX).min(bytes.len());
        String::from_utf8_lossy(&bytes[start..]).into_owned()
    }

    /// The last lines of the log.
    pub fn log_tail(&self, lines: usize) -> String {
        let log = self.log();
        let all = log.lines().collect::<Vec<_>>();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// Waits for a line that contains `text`, and returns it.
    ///
    /// # Panics
    /// When there is none after `deadline`, or the program ended without it.
    pub async fn wait_for_log(&mut self, text: &str, deadline: Duration) -> String {
        let description = format!("`{text}` in the log of {}", self.name);
        wait_for(&description, deadline, async || self.look_for_log(text)).await
    }

    fn look_for_log(&mut self, text: &str) -> Progress<String> {
        let ended = self.status(); // before the log is read, so that the log of an ended program is complete
        let log = self.log();
        match (log.lines().find(|line| line.contains(text)), ended) {
            (Some(line), _) => Progress::Done(line.to_owned()),
            (None, None) => Progress::Waiting(self.log_tail(5)),
            (None, Some(status)) => panic!("{self:?} ended ({status}) before it said `{text}`:\n{log}"),
        }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Acts when this process ends without having disarmed it.
#[derive(Debug)]
pub struct Watchdog(Child);

impl Watchdog {
    /// Kills a process and the group that it leads.
    fn kills(pid: u32) -> Self {
        Self::start(r#"kill -s KILL -- "-$1" || kill -s KILL "$1""#, OsStr::new(&pid.to_string()))
    }

    /// Removes a folder. Retries, because programs that still write to it are about to be killed by their own watchdogs.
    pub fn removes(folder: &Path) -> Self {
        Self::start(r#"for try in 1 2 3 4 5; do rm -rf -- "$1" && break; sleep 1; done"#, folder.as_os_str())
    }

    /// Removes the folders in a folder, and keeps its files.
    pub fn removes_folders_in(folder: &Path) -> Self {
        Self::start(r#"for try in 1 2 3 4 5; do rm -rf -- "$1"/*/ && break; sleep 1; done"#, folder.as_os_str())
    }

    fn start(action: &str, argument: &OsStr) -> Self {
        // The process group and the traps keep signals that are meant for the tests (Ctrl-C, a hang-up, `timeout`) from
        // the watchdog. It has no output: an inherited one would keep `cargo test | tee` open.
        let child = Command::new("/bin/sh")
            .args(["-c", &format!("trap '' HUP INT TERM; read -r _ && exit 0; {action}"), "watchdog"])
            .arg(argument)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start a watchdog with /bin/sh: {error}"));
        Self(child)
    }

    /// Ends the watchdog without any action.
    pub fn disarm(mut self) {
        self.0.stdin.take().into_iter().for_each(say_one_word);
        // It ends at once. Without the wait, a zombie would remain until this process ends.
        self.0.wait().expect("our own watchdog can be waited for");
    }
}

fn say_one_word(mut pipe: ChildStdin) {
    // If the reader has already ended, its exit status shows why.
    pipe.write_all(b"go\n").ok();
}
