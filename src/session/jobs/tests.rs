use super::*;

type Queue = JobQueue<u8, u32>;

fn all_finished(queue: &mut Queue) -> Vec<News<u8, u32>> {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut finished = Vec::new();
    while queue.outstanding().next().is_some() && Instant::now() < deadline {
        queue.wait(Duration::from_millis(20));
        while let Some(one) = queue.next_news() {
            finished.push(one);
        }
    }
    finished
}

/// Work that only ends when it is cancelled.
fn endless(progress: &Progress) -> Result<u32, Cancelled> {
    loop {
        progress.check()?;
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_result_comes_back_with_its_slot() {
    let mut queue = Queue::new(&Wake::default());
    queue.submit(Lane::Read, 7, "seven", |_| Ok(70));
    let finished = all_finished(&mut queue);
    assert_eq!(finished.len(), 1);
    assert_eq!(
        (finished[0].slot, &finished[0].outcome),
        (7, &Outcome::Done(70))
    );
}

#[test]
fn the_newest_request_wins() {
    let mut queue = Queue::new(&Wake::default());
    let (begun, has_begun) = std::sync::mpsc::sync_channel(1);
    // The lane of pictures has one thread; it is kept busy while the requests come.
    let long = queue.submit(Lane::Picture, 9, "endless", move |progress| {
        begun.send(()).expect("the test waits");
        endless(progress)
    });
    has_begun
        .recv_timeout(Duration::from_secs(10))
        .expect("the job begins");
    for number in 0..50 {
        queue.submit(Lane::Picture, 0, "quick", move |_| Ok(number));
    }
    queue.cancel(long);
    let finished = all_finished(&mut queue);
    let quick: Vec<_> = finished.iter().filter(|one| one.slot == 0).collect();
    // Those that no thread had begun never ran.
    assert_eq!(quick.len(), 1);
    assert_eq!(quick[0].outcome, Outcome::Done(49));
}

#[test]
fn lanes_do_not_wait_for_each_other() {
    let mut queue = Queue::new(&Wake::default());
    let long = queue.submit(Lane::Picture, 0, "endless", endless);
    queue.submit(Lane::Read, 1, "quick", |_| Ok(1));
    queue.wait(Duration::from_secs(10));
    assert_eq!(queue.next_news().map(|one| one.slot), Some(1));
    queue.cancel(long);
    assert_eq!(all_finished(&mut queue)[0].outcome, Outcome::Cancelled);
}

#[test]
fn a_panic_is_an_outcome_and_the_thread_lives_on() {
    let mut queue = Queue::new(&Wake::default());
    queue.submit(Lane::Picture, 0, "bad", |_| panic!("deliberate"));
    let finished = all_finished(&mut queue);
    assert_eq!(
        finished[0].outcome,
        Outcome::Panicked("deliberate".to_owned())
    );
    queue.submit(Lane::Picture, 0, "good", |_| Ok(1));
    assert_eq!(all_finished(&mut queue)[0].outcome, Outcome::Done(1));
}

#[test]
fn a_cancelled_slot_is_free_at_once() {
    let mut queue = Queue::new(&Wake::default());
    queue.submit(Lane::Picture, 0, "endless", endless);
    queue.cancel_slot(0);
    let finished = all_finished(&mut queue);
    assert!(
        finished
            .iter()
            .all(|one| one.superseded && one.outcome == Outcome::Cancelled)
    );
    assert_eq!(queue.running().count(), 0);
}

#[test]
fn parts_come_before_the_end_and_the_job_goes_on() {
    let mut queue = Queue::new(&Wake::default());
    queue.submit_in_parts(Lane::Read, 4, "in parts", |_, parts| {
        parts.give(1);
        parts.give(2);
        Ok(3)
    });
    let news = all_finished(&mut queue);
    let outcomes: Vec<_> = news.iter().map(|one| &one.outcome).collect();
    assert_eq!(
        outcomes,
        [&Outcome::Part(1), &Outcome::Part(2), &Outcome::Done(3)]
    );
    assert!(news.iter().all(|one| one.slot == 4 && !one.superseded));
}

#[test]
fn what_its_successor_needs_goes_on() {
    let mut queue = Queue::new(&Wake::default());
    let (begun, has_begun) = std::sync::mpsc::sync_channel(1);
    let (go_on, may_go_on) = std::sync::mpsc::sync_channel::<()>(1);
    queue.submit(Lane::Picture, 0, "reads", move |progress| {
        begun.send(()).expect("the test waits");
        may_go_on.recv().expect("the test says when");
        progress.check()?;
        Ok(1)
    });
    has_begun
        .recv_timeout(Duration::from_secs(10))
        .expect("the job begins");
    // Longer than a job that was replaced may go on.
    std::thread::sleep(2 * PATIENCE);
    queue.submit_behind(Lane::Picture, 0, "needs it", |_, _| Ok(2));
    assert!(!queue.has_superseded());
    assert!(queue.next_news().is_none(), "which cancels what is overdue");
    go_on.send(()).expect("the job waits");
    let shown: Vec<_> = queue.running().map(|job| job.name().to_owned()).collect();
    assert_eq!(shown, ["reads"]);
    let outcomes: Vec<_> = (all_finished(&mut queue).into_iter())
        .map(|one| (one.superseded, one.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [(true, Outcome::Done(1)), (false, Outcome::Done(2))]
    );
    let long = queue.submit(Lane::Picture, 0, "endless", endless);
    queue.submit_behind(Lane::Picture, 0, "needs it", |_, _| Ok(3));
    // Another one needs it no more.
    queue.submit(Lane::Picture, 0, "does not", |_| Ok(4));
    let outcomes: Vec<_> = (all_finished(&mut queue).into_iter())
        .map(|one| one.outcome)
        .collect();
    assert!(outcomes.contains(&Outcome::Done(4)), "{outcomes:?}");
    assert!(!queue.outstanding().any(|job| job.id() == long));
}
