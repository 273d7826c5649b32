from datetime import UTC, datetime, timedelta

from governance.webhooks import secrets

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_while_the_overlap_lasts_both_sign_and_then_the_new_one_alone() -> None:
    old = [secrets.first(NOW - HOUR)]
    kept = secrets.rotated(old, NOW, 3600)
    assert secrets.valid(kept, NOW) == [kept[0]["secret"], old[0]["secret"]]
    assert secrets.valid(kept, NOW + HOUR) == [kept[0]["secret"]]


def test_without_an_overlap_the_old_one_ends_at_once() -> None:
    old = [secrets.first(NOW)]
    kept = secrets.rotated(old, NOW, 0)
    assert [one["secret"] for one in kept] != [old[0]["secret"]]
    assert len(secrets.valid(kept, NOW)) == len(kept) == 1


def test_a_rotation_makes_no_earlier_secret_last_longer() -> None:
    first = secrets.rotated([secrets.first(NOW)], NOW, 60)
    second = secrets.rotated(first, NOW, 3600)
    ends = [one.get("expiresAt") for one in second]
    assert ends == [None, int(NOW.timestamp()) + 3600, int(NOW.timestamp()) + 60]


def test_what_has_ended_is_not_kept() -> None:
    kept = secrets.rotated(secrets.rotated([secrets.first(NOW)], NOW, 60), NOW + HOUR, 60)
    assert len(kept) == 2
