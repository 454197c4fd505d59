//! The objects that are to be reconciled.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use futures::Stream;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::Resource;
use kube::runtime::reflector::ObjectRef;

/// The objects of a kind that are to be reconciled. kube's own `Controller` reconciles an object for each write of its
/// status, and all of them for a change of another kind; here each change names the objects that it concerns.
///
/// The queue is unbounded, but small: the scheduler behind it holds each object once.
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
    /// Asks for a reconcile of an object.
    pub fn trigger(&self, object: ObjectRef<K>) {
        // Fails only when the loop has ended, and the program is about to end.
        let _ = self.sender.unbounded_send(object);
    }

    /// The objects that were asked for. The loop of the kind takes this once.
    pub fn queue(&self) -> impl Stream<Item = Result<ObjectRef<K>, Infallible>> + Send + use<K>
    where
        K: Send,
    {
        use futures::StreamExt as _;
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        futures::stream::iter(receiver).flatten().map(Ok)
    }
}
