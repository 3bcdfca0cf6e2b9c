use domain::{id::LoginAttemptId, secret::Secret};

use crate::{
    Tx,
    crypt::{Aad, Sealed},
    error::Result,
    key::text_key,
    sql::{execute, fetch_optional},
};

/// Answers that a provider had the browser post, kept until the browser comes back for them. They go with their login
/// attempt.
pub struct LoginAnswers<'a> {
    pub(crate) tx: &'a mut Tx,
}

fn aad(hash: &str) -> Aad<'_> {
    Aad { table: "login_answer", row: hash, column: "answer" }
}

impl LoginAnswers<'_> {
    /// Keeps the answer to an attempt under a reference; the answer is sealed, of the reference only a hash is kept.
    ///
    /// # Errors
    /// [`crate::Error::Taken`] when the attempt has an answer already; the driver's.
    pub async fn insert(
        &mut self,
        reference: &Secret,
        attempt: &LoginAttemptId,
        answer: &Secret,
    ) -> Result<()> {
        let hash = text_key(reference.expose());
        let sealed = self.tx.keys().seal(answer, &aad(&hash));
        let sql = "insert into login_answer (reference_hash, login_attempt_id, answer) values (?, ?, ?)";
        execute!(self.tx, sql, &hash, attempt.as_str(), sealed.as_str())?;
        Ok(())
    }

    /// The answer under this reference. It may be read again: the attempt it belongs to is what works once.
    ///
    /// # Errors
    /// [`crate::Error::Key`], the driver's.
    pub async fn find(&mut self, reference: &str) -> Result<Option<Secret>> {
        let hash = text_key(reference);
        let sql = "select answer from login_answer where reference_hash = ?";
        let Some((text,)) = fetch_optional!(self.tx, (String,), sql, &hash)? else { return Ok(None) };
        Ok(Some(self.tx.keys().open(&Sealed::new(text), &aad(&hash))?))
    }
}
