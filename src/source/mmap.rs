//! A file mapped into memory, and the guard that survives its being cut by another process. The only `unsafe` of the crate.
//!
//! Contract of the map: the file is mapped shared and read-only. Other processes may write to it at any time, so the
//! bytes may change while they are looked at: they are to be read as plain numbers only, never as something whose
//! validity the program relies on.
//!
//! Contract of the guard: when another process cuts the file, touching the lost pages raises SIGBUS. A process-wide
//! handler then puts zeros there, *inside registered maps only*, and marks the map as torn. Whoever read
//! from a torn map discards what was read. Faults elsewhere go to the handler that was installed before.
#![expect(
    unsafe_code,
    reason = "mapping a file and handling a signal cannot be done without"
)]

use std::fs::File;
use std::io;
use std::ops::Range;

/// Has the processor fetch the cache line with this byte, which need not exist: a hint, for loops that jump through memory.
#[inline(always)]
pub fn prefetch(bytes: &[u8], offset: usize) {
    let address = bytes.as_ptr().wrapping_add(offset);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch changes nothing that the program sees, and no address makes it fail.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// A whole file mapped for reading.
#[derive(Debug)]
pub struct FileMap {
    map: Option<memmap2::Mmap>,
    #[cfg(unix)]
    guard: Option<guard::Registration>,
}

impl FileMap {
    /// Maps the file in its present length. An empty file gives an empty map.
    ///
    /// # Errors
    /// Mapping failed, or too many files are mapped at once.
    pub fn new(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self {
                map: None,
                #[cfg(unix)]
                guard: None,
            });
        }
        // SAFETY: the map is read-only and its bytes are only ever read as plain numbers or compared (contract above);
        // loss of pages is caught by the guard registered below before anyone can touch them.
        let map = unsafe { memmap2::Mmap::map(file)? };
        #[cfg(unix)]
        let guard = Some(guard::Registration::new(&map)?);
        Ok(Self {
            map: Some(map),
            #[cfg(unix)]
            guard,
        })
    }

    /// The file's bytes. Touching them may do I/O, for seconds on a network disk.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    /// Says that these bytes are wanted soon, so that the system may read them before they are touched. Returns before they
    /// are there, unless the disk has more to do than its queue takes.
    pub fn will_need(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Some(map) = &self.map {
            let end = range.end.min(map.len());
            if range.start < end {
                // A hint: where it is refused, the bytes are read when they are touched.
                let _refused = map
                    .advise_range(memmap2::Advice::WillNeed, range.start, end - range.start)
                    .is_err();
            }
        }
        #[cfg(not(unix))]
        let _ = range;
    }

    /// Whether pages were lost under the map, because the file was cut or its disk failed: what was read from it may be zeros
    /// that never were in the file.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.torn_at().is_some()
    }

    /// The position in the file of the first byte that was asked for and lost.
    #[must_use]
    pub fn torn_at(&self) -> Option<u64> {
        #[cfg(unix)]
        return self.guard.as_ref()?.torn_at();
        #[cfg(not(unix))]
        return None;
    }

    /// As if the page of this byte had been lost.
    #[cfg(all(test, unix))]
    pub(crate) fn lose(&self, at: usize) {
        if let Some(guard) = &self.guard {
            guard.lose(at);
        }
    }
}

impl Drop for FileMap {
    fn drop(&mut self) {
        // The addresses may be used for something else as soon as they are unmapped: unregister first.
        #[cfg(unix)]
        drop(self.guard.take());
    }
}

#[cfg(unix)]
mod guard {
    use std::io;
    use std::mem::MaybeUninit;
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// No address: nothing was lost.
    const NOWHERE: usize = usize::MAX;

    /// Maps that can be guarded at a time. The table is static because a signal handler must not allocate or lock.
    const SLOTS: usize = 1024;

    struct Slot {
        taken: AtomicBool,
        start: AtomicUsize,
        end: AtomicUsize,
        /// The lowest address whose page was lost; [`NOWHERE`] without one.
        torn: AtomicUsize,
    }

    static TABLE: [Slot; SLOTS] = [const {
        Slot {
            taken: AtomicBool::new(false),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            torn: AtomicUsize::new(NOWHERE),
        }
    }; SLOTS];
    static PAGE: AtomicUsize = AtomicUsize::new(0);
    static INSTALL: Once = Once::new();
    /// The handler that was there before ours; written once, before ours is installed.
    static mut PREVIOUS: MaybeUninit<libc::sigaction> = MaybeUninit::uninit();

    /// A range of addresses in the table, until dropped.
    #[derive(Debug)]
    pub(super) struct Registration(usize);

    impl Registration {
        pub(super) fn new(map: &[u8]) -> io::Result<Self> {
            INSTALL.call_once(install);
            let free = TABLE.iter().position(|slot| {
                slot.taken
                    .compare_exchange(false, true, Ordering::AcqRel, Ordering::Relaxed)
                    .is_ok()
            });
            let Some(index) = free else {
                return Err(io::Error::other("too many files are mapped at once"));
            };
            let start = map.as_ptr() as usize;
            if let Some(slot) = TABLE.get(index) {
                slot.torn.store(NOWHERE, Ordering::Relaxed);
                slot.end.store(start + map.len(), Ordering::Relaxed);
                // `start` last: a slot whose start is zero is never matched.
                slot.start.store(start, Ordering::Release);
            }
            Ok(Self(index))
        }

        /// The position in the map of the first lost byte that was asked for.
        pub(super) fn torn_at(&self) -> Option<u64> {
            let slot = TABLE.get(self.0)?;
            let torn = slot.torn.load(Ordering::Acquire);
            let at = torn.checked_sub(slot.start.load(Ordering::Acquire));
            at.filter(|_| torn != NOWHERE).map(|at| at as u64)
        }

        #[cfg(test)]
        pub(super) fn lose(&self, at: usize) {
            if let Some(slot) = TABLE.get(self.0) {
                let start = slot.start.load(Ordering::Acquire);
                slot.torn.fetch_min(start + at, Ordering::AcqRel);
            }
        }
    }

    impl Drop for Registration {
        fn drop(&mut self) {
            if let Some(slot) = TABLE.get(self.0) {
                slot.start.store(0, Ordering::Release);
                slot.end.store(0, Ordering::Relaxed);
                slot.taken.store(false, Ordering::Release);
            }
        }
    }

    fn install() {
        // SAFETY: plain libc calls with valid arguments. `PREVIOUS` is written here, once, under `Once`, before the
        // handler that reads it can run.
        unsafe {
            let page = libc::sysconf(libc::_SC_PAGESIZE);
            PAGE.store(usize::try_from(page).unwrap_or(4096), Ordering::Relaxed);
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_sigbus as *const () as usize;
            // On the alternate stack that Rust's runtime gives each thread, as its own handler is.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut action.sa_mask);
            let previous = (&raw mut PREVIOUS).cast::<libc::sigaction>();
            libc::sigaction(libc::SIGBUS, std::ptr::null(), previous);
            libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
        }
    }

    extern "C" fn on_sigbus(
        signal: libc::c_int,
        info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        // SAFETY: the kernel passes a valid `info` to a SA_SIGINFO handler. Only async-signal-safe things happen here:
        // atomics, `mmap` (a bare system call) and the previous handler.
        unsafe {
            let address = (*info).si_addr() as usize;
            if !patch(address) {
                chain(signal, info, context);
            }
        }
    }

    /// Puts zeros in place of the map from the lost page to its end, if the address lies in a registered map.
    ///
    /// To the end at once, since what is read of a torn map is discarded anyway: page by page a strided reader could
    /// use up the number of mappings that a process may have.
    ///
    /// # Safety
    /// Only to be called from the signal handler.
    unsafe fn patch(address: usize) -> bool {
        let owner = TABLE.iter().find(|slot| {
            let start = slot.start.load(Ordering::Acquire);
            start != 0 && start <= address && address < slot.end.load(Ordering::Relaxed)
        });
        let Some(slot) = owner else { return false };
        let page = PAGE.load(Ordering::Relaxed);
        let from = address & !(page - 1);
        let end = (slot.end.load(Ordering::Relaxed) + page - 1) & !(page - 1);
        slot.torn.fetch_min(address, Ordering::AcqRel);
        // SAFETY: these pages lie inside a mapping that this process owns and that is alive while it is registered.
        let patched = unsafe {
            libc::mmap(
                from as *mut libc::c_void,
                end - from,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        patched != libc::MAP_FAILED
    }

    /// Hands a foreign fault to the handler that was there before, or to the system's default.
    ///
    /// # Safety
    /// Only to be called from the signal handler, with its arguments.
    unsafe fn chain(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: `PREVIOUS` was filled in by `install`; the function pointer comes from the system's own record.
        unsafe {
            let previous = &*(&raw const PREVIOUS).cast::<libc::sigaction>();
            let handler = previous.sa_sigaction;
            if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
                // Returning runs the faulting instruction again, now with the default action: the process ends.
                libc::signal(signal, libc::SIG_DFL);
            } else if previous.sa_flags & libc::SA_SIGINFO != 0 {
                let call: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    std::mem::transmute(handler);
                call(signal, info, context);
            } else {
                let call: extern "C" fn(libc::c_int) = std::mem::transmute(handler);
                call(signal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gives_an_empty_map() {
        let file = tempfile::tempfile().unwrap();
        assert!(FileMap::new(&file).unwrap().as_slice().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_cut_file_reads_as_zeros_and_is_marked_torn() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(1 << 20).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &[7; 4096], 1 << 19).unwrap();
        let map = FileMap::new(&file).unwrap();
        let other = FileMap::new(&file).unwrap();
        assert_eq!((map.as_slice()[1 << 19], map.is_torn()), (7, false));
        file.set_len(4096).unwrap();
        let sum: u64 = map.as_slice().iter().map(|&byte| u64::from(byte)).sum();
        assert_eq!(sum, 0);
        assert_eq!(map.torn_at(), Some(4096), "the first byte that was lost");
        assert!(!other.is_torn(), "a map that nobody read is not torn");
    }

    const CHILD: &str = "CUBESCOPE_TEST_FAULT";

    /// In a child process, since it is to end.
    #[cfg(unix)]
    #[test]
    fn a_fault_outside_of_our_maps_ends_the_process() {
        use std::os::unix::process::ExitStatusExt as _;
        if std::env::var_os(CHILD).is_some() {
            fault_in_a_foreign_map();
        }
        let name = "a_fault_outside_of_our_maps_ends_the_process";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .arg(name)
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(libc::SIGBUS), "{child:?}");
    }

    #[cfg(unix)]
    fn fault_in_a_foreign_map() -> ! {
        let file = tempfile::tempfile().unwrap();
        file.set_len(1 << 16).unwrap();
        // The handler is there, and one of our maps beside the other.
        let ours = FileMap::new(&file).unwrap();
        // SAFETY: the process is to be ended by reading it.
        let foreign = unsafe { memmap2::Mmap::map(&file).unwrap() };
        file.set_len(0).unwrap();
        assert_eq!(ours.as_slice()[0], 0, "ours reads as zeros");
        let lost = std::hint::black_box(&foreign)[0];
        panic!("a lost page was read: {lost}");
    }
}
