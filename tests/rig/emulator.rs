//! ministack, an emulator of AWS: a PutImage to its ECR appears in its LookupEvents.
//!
//! It has no paging, no throttling, no late or repeated records and no digests in records; the fake of this rig has these.

use std::time::Duration;

use aws_sdk_ecr::types::ImageIdentifier;

use super::aws_caller::AwsCaller;
use super::manifest::Manifest;
use super::ports::free_port;
use super::process::{ChildProcess, Program};
use super::run_folder::RunFolder;
use super::wait::{Progress, wait_for};
use super::{binaries, http_probe};

const START_DEADLINE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 4;
/// Logged by its web server once it listens on the port.
const LISTENING: &str = "Running on http://";

/// The emulator, which runs until this is dropped or the process ends for any reason.
#[derive(Debug)]
pub struct Emulator {
    process: ChildProcess,
    program: Program,
    port: u16,
    folder: RunFolder,
}

impl Emulator {
    /// Starts it on a free port of 127.0.0.1, and returns when it is healthy.
    ///
    /// # Panics
    /// When it does not become healthy, with the end of its log.
    pub async fn start() -> Self {
        for _ in 0..ATTEMPTS {
            let folder = RunFolder::new("emulator");
            let port = free_port();
            let program = Program::new("ministack", binaries::ministack())
                .grace(Duration::from_secs(3))
                .env("BIND_HOST", "127.0.0.1") // by default, it listens on all interfaces
                .env("GATEWAY_PORT", port.to_string())
                .env("CLOUDTRAIL_RECORDING", "1")
                .env("DOCKER_HOST", "unix:///nonexistent") // otherwise, it removes containers of the machine
                .env("PYTHONUNBUFFERED", "1");
            let mut process = program.spawn(folder.path());
            if healthy(&mut process, port).await {
                return Self { process, program, port, folder };
            }
        }
        panic!("ports of 127.0.0.1 were taken away {ATTEMPTS} times between choosing and using them");
    }

    /// The endpoint of every AWS service.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A caller of an account (12 digits) in a Region.
    pub fn caller(&self, account: &str, region: &str) -> AwsCaller {
        AwsCaller::new(&self.endpoint(), account, region)
    }

    /// Starts an outage. Repositories, images and events are only in memory, and are lost.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Ends the outage, on the same port and with no data.
    ///
    /// # Panics
    /// When it does not become healthy.
    pub async fn start_again(&mut self) {
        self.process.stop();
        self.process = self.program.spawn(self.folder.path());
        assert!(healthy(&mut self.process, self.port).await, "another process took port {} in the outage", self.port);
    }

    /// The process, for other faults (SIGSTOP: it accepts connections and does not answer).
    pub fn process(&mut self) -> &mut ChildProcess {
        &mut self.process
    }

    /// # Panics
    /// When the emulator refuses.
    pub async fn create_repository(&self, account: &str, region: &str, repository: &str) {
        let request = self.caller(account, region).ecr().await.create_repository().repository_name(repository);
        request.send().await.unwrap_or_else(|error| panic!("CreateRepository {repository}: {error:?}"));
    }

    /// One PutImage, with a tag, or without one as for the children of an index.
    ///
    /// # Panics
    /// When the emulator refuses, for instance because there is no such repository.
    pub async fn put_image(
        &self,
        account: &str,
        region: &str,
        repository: &str,
        tag: Option<&str>,
        manifest: &Manifest,
    ) -> ImageIdentifier {
        let answer = self
            .caller(account, region)
            .ecr()
            .await
            .put_image()
            .repository_name(repository)
            .set_image_tag(tag.map(str::to_owned))
            .image_manifest(&manifest.text)
            .image_manifest_media_type(&manifest.media_type)
            .send()
            .await
            .unwrap_or_else(|error| panic!("PutImage {repository}: {error:?}"));
        answer.image.and_then(|image| image.image_id).expect("an answered PutImage names the image")
    }

    /// The PutImage calls of a multi-platform push: the images by digest first, then their index with the tag.
    ///
    /// # Panics
    /// When the emulator refuses.
    pub async fn put_index(&self, account: &str, region: &str, repository: &str, tag: &str, images: &[Manifest]) {
        for image in images {
            self.put_image(account, region, repository, None, image).await;
        }
        self.put_image(account, region, repository, Some(tag), &Manifest::index(images)).await;
    }
}

/// False when its port was taken by another process.
async fn healthy(process: &mut ChildProcess, port: u16) -> bool {
    wait_for("the AWS emulator to be healthy", START_DEADLINE, async || look(process, port)).await
}

fn look(process: &mut ChildProcess, port: u16) -> Progress<bool> {
    if let Some(status) = process.status() {
        let log = process.log();
        assert!(log.contains("address already in use"), "{process:?} ended with {status}:\n{log}");
        return Progress::Done(false);
    }
    // Its log comes first: a process that answers on the port may be another one, while ours is about to find the
    // port taken.
    if !process.log().contains(LISTENING) {
        return Progress::Waiting(process.log_tail(10));
    }
    http_probe::get_is_ok(port, "/_ministack/health").map(|()| true).into()
}
