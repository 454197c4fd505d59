//! What is to be reconciled.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use futures::Stream;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::Resource;
use kube::runtime::reflector::ObjectRef;

/// The objects of a kind that are to be looked at. kube's own `Controller` reconciles an object for each write of its
/// status, and all of them for a change of another kind; here everyone says which objects a change is about.
///
/// Unbounded, and still small: the queue behind it holds each object once.
#[derive(Debug)]
pub struct Triggers<K: Resource<DynamicType = ()>> {
    sender: UnboundedSender<ObjectRef<K>>,
    receiver: Mutex<Option<UnboundedReceiver<ObjectRef<K>>>>,
}

impl<K: Resource<DynamicType = ()>> Default for Triggers<K> {
    fn default() -> Self {
        let (sender, receiver) = unbounded();
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }
}

impl<K: Resource<DynamicType = ()>> Triggers<K> {
    /// Asks for a look at an object.
    pub fn trigger(&self, object: ObjectRef<K>) {
        // Fails only when the loop has ended, and the program is about to.
        let _ = self.sender.unbounded_send(object);
    }

    /// What was asked for; for the loop of the kind, which takes it once.
    pub fn queue(&self) -> impl Stream<Item = Result<ObjectRef<K>, Infallible>> + Send + use<K>
    where
        K: Send,
    {
        use futures::StreamExt as _;
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        futures::stream::iter(receiver).flatten().map(Ok)
    }
}
