from governance.approvals.errors import ApprovalDenied, ApprovalExpired, ApprovalNeeded, SelfApproval


def test_an_agent_is_told_which_approval_and_what_became_of_it() -> None:
    needed = ApprovalNeeded("Held.", "apr_1", riskLevel="high")
    assert needed.as_dict() == {"code": "NEEDS_APPROVAL", "approvalId": "apr_1", "riskLevel": "high"}
    assert needed.members == {"approvalId": "apr_1"}
    for error, code in ((ApprovalDenied("apr_1"), "APPROVAL_DENIED"), (ApprovalExpired("apr_1"), "APPROVAL_EXPIRED")):
        assert error.as_dict() == {"code": code, "approvalId": "apr_1"}
        assert error.status == 403


def test_nobody_approves_for_themselves_and_is_told_what_helps() -> None:
    assert "somebody else" in SelfApproval().detail
